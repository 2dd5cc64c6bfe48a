"""Every seam of Filmgate. `service/` speaks only to these; adapters implement them.

Adapters turn every foreign exception into the tree of `domain.errors`, in one place each.
"""

from filmgate.ports.accounts import AccountSearch, AccountStore, CreditStore, Passwords, PeopleStore
from filmgate.ports.callbacks import (
    CallbackSender,
    CallbackWriter,
    DeliveryStore,
    InboxReceiver,
    InboxStore,
    OwnInboxes,
    SignatureCheck,
)
from filmgate.ports.clock import Clock
from filmgate.ports.engines import (
    TASK_ENDED,
    ClearsUp,
    Engine,
    Meter,
    RenderedFile,
    RenderJob,
    RenderWatch,
    Router,
)
from filmgate.ports.leftovers import Leftover, LeftoverStore
from filmgate.ports.media import Fetched, Fetcher, ObjectStore, OwnFiles, PictureReader, Scratch, URLCheck
from filmgate.ports.oversight import Census, Figures, OpenTasks, Stored
from filmgate.ports.past import PastStore
from filmgate.ports.queue import Claim, Making, RenderQueue, SourceMaker
from filmgate.ports.tasks import Submission, Submitted, TaskNews, TaskSearch, TaskStore

__all__ = [
    "TASK_ENDED",
    "AccountSearch",
    "AccountStore",
    "CallbackSender",
    "CallbackWriter",
    "Census",
    "Claim",
    "ClearsUp",
    "Clock",
    "CreditStore",
    "DeliveryStore",
    "Engine",
    "Fetched",
    "Fetcher",
    "Figures",
    "InboxReceiver",
    "InboxStore",
    "Leftover",
    "LeftoverStore",
    "Making",
    "Meter",
    "ObjectStore",
    "OpenTasks",
    "OwnFiles",
    "OwnInboxes",
    "Passwords",
    "PastStore",
    "PeopleStore",
    "PictureReader",
    "RenderJob",
    "RenderQueue",
    "RenderWatch",
    "RenderedFile",
    "Router",
    "Scratch",
    "SignatureCheck",
    "SourceMaker",
    "Stored",
    "Submission",
    "Submitted",
    "TaskNews",
    "TaskSearch",
    "TaskStore",
    "URLCheck",
]
