"""What is kept with a task that was handed on to another Filmgate, or to the hosted service."""

from typing import Literal

from filmgate.engines.relay.tokens import RenewableToken


class Token(RenewableToken):
    """Where the upstream's task can be asked for.

    `task_id` is None while an order is on its way, since `ordered_at` in Unix seconds. `video_id` is known
    once the task has ended well; an extension names the video by it.
    """

    dialect: Literal["filmgate"] = "filmgate"
    key: str
    ordered_at: float
    task_id: str | None = None
    video_id: str | None = None
