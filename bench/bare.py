"""What the same web stack does without us: the other side of each ratio."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse


def build(database_url: str) -> FastAPI:
    """Return an application with `/insert`, `/hold` and `/release`."""
    pools: list[asyncpg.Pool] = []
    released = asyncio.Event()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        settings = {"search_path": "filmgate"}
        async with asyncpg.create_pool(
            database_url, min_size=2, max_size=20, server_settings=settings
        ) as pool:
            pools.append(pool)
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/insert")
    async def insert(request: Request) -> JSONResponse:
        body = await request.body()
        number: Any = await pools[0].fetchval(
            "INSERT INTO bare (body) VALUES ($1) RETURNING id", body.decode()
        )
        return JSONResponse({"id": number})

    @app.post("/hold")
    async def hold(request: Request) -> JSONResponse:
        await request.json()
        await released.wait()
        return JSONResponse({"success": True})

    @app.post("/release")
    async def release() -> JSONResponse:
        released.set()
        return JSONResponse({})

    return app


if __name__ == "__main__":
    uvicorn.run(
        build(os.environ["BARE_DATABASE_URL"]), port=int(sys.argv[1]), access_log=False, log_level="error"
    )
