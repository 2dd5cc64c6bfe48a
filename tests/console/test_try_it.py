"""The page on which the API is tried, as its script and its readers meet it."""

import base64
import json
import re
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from tests.console.visit import Visit
from tests.http.stage import Caller

_BODY = {"action": "text2video", "model": "kling-v1", "prompt": "a quiet sea", "duration": 5}


async def _ask(visit: Visit, path: str, body: object) -> httpx.Response:
    return await visit.client.post(path, json=body, headers={"x-csrf-token": visit.token})


async def _draft(visit: Visit, body: dict[str, Any]) -> dict[str, Any]:
    answer = await _ask(visit, "/try/draft", {"body": body})
    assert answer.status_code == 200, answer.text
    draft: dict[str, Any] = answer.json()
    return draft


def _key_of(visit: Visit) -> str:
    found = re.search(r'<option value="([0-9a-f-]{36})">', visit.page.text)
    assert found
    return found[1]


async def test_the_form_knows_every_row_of_the_catalogue(ada: Visit) -> None:
    await ada.look("/try")

    shown = re.search(r'<script type="application/json" id="models">(.+?)</script>', ada.page.text)

    assert shown
    rows = {(row["model"], row["mode"]): row for row in json.loads(shown[1])}
    assert len(rows) > 20
    assert rows["kling-v2-6", "pro"]["audio"] == "optional"
    assert rows["kling-v1-5", "std"]["text2video"] is False


async def test_a_draft_has_its_price_and_the_call_in_every_language(ada: Visit) -> None:
    await ada.look("/try")

    draft = await _draft(ada, _BODY)

    assert draft["troubles"] == {}
    assert (draft["credits"], draft["balance"]) == ("1.40", "100.00")
    assert set(draft["code"]) == {"curl", "python", "javascript", "java", "go", "php"}
    assert all("FILMGATE_API_KEY" in code for code in draft["code"].values())


async def test_what_is_wrong_is_told_by_field(ada: Visit) -> None:
    await ada.look("/try")

    draft = await _draft(ada, _BODY | {"end_image_url": "https://a.example/b.png", "duration": 7})

    assert set(draft["troubles"]) == {"end_image_url", "duration"}


async def test_a_refusal_speaks_of_labels_beside_what_the_api_answers(ada: Visit) -> None:
    await ada.look("/try")
    body = _BODY | {"action": "image2video", "end_image_url": "https://a.example/b.png", "duration": 7}

    draft = await _draft(ada, body)
    run = await _ask(ada, "/try/run", {"key_id": _key_of(ada), "body": body})

    assert draft["troubles"]["duration"].startswith("Seconds 7 is not supported by kling-v1")
    assert draft["troubles"]["end_image_url"].startswith("Last picture was sent without First picture")
    assert "end_image_url was sent without start_image_url" in draft["refusal"]["error"]["message"]
    assert run.status_code == 400
    assert run.json()["troubles"] == draft["troubles"]
    assert run.json()["refusal"]["error"]["message"] == draft["refusal"]["error"]["message"]


async def test_ones_own_finished_clips_are_offered_to_be_extended(ada: Visit, house: Caller) -> None:
    await ada.look("/try")
    made = (await _ask(ada, "/try/run", {"key_id": _key_of(ada), "body": _BODY})).json()
    await house.ended(made["id"])
    eve = Visit(house.filmgate)
    await eve.register()
    await eve.acquire()

    text = await ada.look("/try")
    strange = await eve.look("/try")

    assert re.search(r'type="radio" name="source" value="\d{18}" data-model="kling-v1"', ada.page.text)
    assert re.search(r'<img src="/files/[^"]+" alt="" loading="lazy"', ada.page.text)
    assert "a quiet sea kling-v1 · 5 s" in text
    assert 'name="source"' not in eve.page.text
    assert "You have no finished video yet." in strange


@pytest.mark.parametrize("seed", [2**60, -1, "x", 1.5])
async def test_a_number_that_no_program_can_carry_is_told_too(ada: Visit, seed: object) -> None:
    await ada.look("/try")

    draft = await _draft(ada, _BODY | {"seed": seed})

    assert draft["troubles"]


def _picture(width: int, height: int) -> str:
    written, png = cv2.imencode(
        ".png", np.random.default_rng(7).integers(0, 255, (height, width, 3), np.uint8)
    )
    assert written
    return "data:image/png;base64," + base64.b64encode(png.tobytes()).decode()


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        ("data:image/png;base64,AAAA", "First picture is not a JPEG, PNG or WebP picture."),
        ("data:text/plain;base64,AAAA", 'First picture is "text/plain"'),
        (_picture(400, 200), "First picture is 400x200 pixels; its short side must be at least 300."),
    ],
)
async def test_what_is_wrong_with_a_picture_is_told_before_there_is_a_prompt(
    ada: Visit, picture: str, said: str
) -> None:
    await ada.look("/try")
    body = {"action": "image2video", "model": "kling-v1", "start_image_url": picture}

    early = await _draft(ada, body)
    late = await _draft(ada, body | {"prompt": "she smiles"})

    assert said in early["troubles"]["start_image_url"]
    assert "prompt" in early["troubles"]
    assert late["troubles"] == {"start_image_url": early["troubles"]["start_image_url"]}


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({}, "720×960"),
        ({"aspect_ratio": "16:9"}, "1280×720"),
        ({"model": "kling-v2-6", "mode": "pro"}, "1080×1440"),
        ({"model": "kling-v1-5"}, None),
        ({"model": "nonsense"}, None),
        ({"mode": []}, None),
        ({"aspect_ratio": {}}, None),
        ({"start_image_url": "https://a.example/b.png"}, None),
        ({"start_image_url": 7}, None),
    ],
)
async def test_the_size_of_a_clip_from_a_picture_is_told_before_there_is_a_prompt(
    ada: Visit, fields: dict[str, object], size: str | None
) -> None:
    await ada.look("/try")
    body = {"action": "image2video", "model": "kling-v1", "start_image_url": _picture(300, 400)}

    draft = await _draft(ada, body | fields)

    assert draft["size"] == size


async def test_styles_and_scripts_are_kept_for_ever_by_a_name_that_changes_with_them(ada: Visit) -> None:
    await ada.look("/try")
    [script] = re.findall(r'src="(/static/\w+/try.js)"', ada.page.text)

    kept = await ada.client.get(script)
    imported = [await ada.client.get(re.sub("try.js", name, script)) for name in _imports(kept.text)]
    of_another = await ada.client.get("/static/another/try.js")

    assert "immutable" in kept.headers["cache-control"]
    assert len(imported) >= 5
    assert {each.status_code for each in imported} == {200}
    assert (of_another.text, of_another.headers["cache-control"]) == (kept.text, "no-store")


def _imports(script: str) -> list[str]:
    return re.findall(r'^import .* from "\./(.+)";$', script, re.MULTILINE)


async def test_an_inline_picture_stays_out_of_the_programs(ada: Visit) -> None:
    await ada.look("/try")
    picture = _picture(640, 480)

    draft = await _draft(ada, _BODY | {"action": "image2video", "start_image_url": picture})

    assert draft["troubles"] == {}
    assert all("the URL of your picture" in code for code in draft["code"].values())


async def test_generating_makes_a_task_under_the_chosen_key(ada: Visit, house: Caller) -> None:
    await ada.look("/try")

    answer = await _ask(ada, "/try/run", {"key_id": _key_of(ada), "body": _BODY})
    record = answer.json()
    await house.ended(record["id"])
    ended = (await ada.client.get(f"/try/tasks/{record['id']}")).json()

    assert record["credential_id"] == _key_of(ada)
    assert ended["data"]["state"] == "succeed"
    assert ended["response"]["video_url"].startswith("http://127.0.0.1:8000/files/")


@pytest.mark.parametrize("key_id", [None, "x", "6c68c267-065b-4423-b66b-a0e4c59ee0d5"])
async def test_without_a_key_of_ones_own_nothing_is_made(ada: Visit, key_id: object) -> None:
    await ada.look("/try")

    answer = await _ask(ada, "/try/run", {"key_id": key_id, "body": _BODY})

    assert answer.status_code in (400, 401)


async def test_a_script_without_the_token_is_refused(ada: Visit) -> None:
    await ada.look("/try")
    key_id = _key_of(ada)

    answer = await ada.client.post("/try/run", json={"key_id": key_id, "body": _BODY})

    assert answer.status_code == 403


async def test_another_accounts_task_and_key_are_not_there(ada: Visit, house: Caller) -> None:
    await ada.look("/try")
    key_id = _key_of(ada)
    task_id = (await _ask(ada, "/try/run", {"key_id": key_id, "body": _BODY})).json()["id"]
    eve = Visit(house.filmgate)
    await eve.register()
    await eve.acquire()
    await eve.look("/try")

    seen = await eve.client.get(f"/try/tasks/{task_id}")
    made = await _ask(eve, "/try/run", {"key_id": key_id, "body": _BODY})

    assert (seen.status_code, made.status_code) == (404, 401)


async def test_who_is_logged_out_is_told_so(visit: Visit) -> None:
    answer = await visit.client.post("/try/draft", json={"body": _BODY})

    assert answer.status_code == 401
    assert "log in" in answer.json()["error"]["message"]
