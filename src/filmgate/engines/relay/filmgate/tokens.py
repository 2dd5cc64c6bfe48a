"""What is kept with a task that was handed on to another Filmgate, or to the hosted service."""

from typing import Literal

from filmgate.engines.relay.tokens import ResumeToken


class Token(ResumeToken):
    """Where the upstream's task can be asked for.

    `task_id` is None while an order is on its way, since `ordered_at` in Unix seconds. `video_id` is known
    once the task has ended well; an extension names the video by it. Where it `is_over`, that task failed
    and was given back: it may be ordered again.
    """

    dialect: Literal["filmgate"] = "filmgate"
    key: str
    ordered_at: float
    task_id: str | None = None
    video_id: str | None = None
    is_over: bool = False
