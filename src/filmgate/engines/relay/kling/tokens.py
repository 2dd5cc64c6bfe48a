"""What is kept with a task, so that its job at the hosted service is found again and can be continued."""

from typing import Literal

from filmgate.engines.relay.kling.orders import Kind
from filmgate.engines.relay.tokens import ResumeToken


class Token(ResumeToken):
    """Where a job can be asked for: regions are separate accounts, and each kind has a path of its own.

    Where it `is_over`, its job failed and cost nothing: it may be ordered again, under another id of ours.
    `job_id` is None while an order is on its way. `video_id` is known once the job has ended well; an
    extension names the video by it, and goes on with the `model` that made it.
    """

    dialect: Literal["kling"] = "kling"
    kind: Kind
    model: str
    external_id: str
    job_id: str | None = None
    video_id: str | None = None
    is_over: bool = False
