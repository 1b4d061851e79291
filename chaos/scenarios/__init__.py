"""All scenarios, in the order in which they are played."""

from chaos.scenario import Scenario
from chaos.scenarios.database import DatabaseAway
from chaos.scenarios.disk import DiskFull
from chaos.scenarios.kills import KillEngine, KillWeb, KillWorker, KillWorkerChild
from chaos.scenarios.memory import Memory
from chaos.scenarios.points import KillAtPublish, KillBetweenParts, StopPastLease
from chaos.scenarios.redis import DuplicateMessages, RedisDownAtSubmit, RedisFlush, RedisRestart
from chaos.scenarios.shutdown import Shutdown
from chaos.scenarios.stages import KillStages
from chaos.scenarios.stops import StopWorker
from chaos.scenarios.time import Clock, ReusedNames

SCENARIOS: tuple[type[Scenario], ...] = (
    KillEngine,
    KillWorkerChild,
    KillWorker,
    KillWeb,
    KillAtPublish,
    KillBetweenParts,
    KillStages,
    StopPastLease,
    StopWorker,
    RedisRestart,
    RedisFlush,
    RedisDownAtSubmit,
    DuplicateMessages,
    DatabaseAway,
    DiskFull,
    Memory,
    Clock,
    ReusedNames,
    Shutdown,
)
