"""All scenarios, in the order in which they are played."""

from chaos.scenario import Scenario
from chaos.scenarios.kills import KillEngine, KillWeb, KillWorker, KillWorkerChild
from chaos.scenarios.redis import RedisFlush

SCENARIOS: tuple[type[Scenario], ...] = (KillEngine, KillWorkerChild, KillWorker, KillWeb, RedisFlush)
