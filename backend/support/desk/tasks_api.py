"""Routes for the list of desk tasks."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_204_NO_CONTENT
from msgspec import Struct

from backend.core.http.pagination import DEFAULT_LIMIT, Cursor, Limit
from backend.support.audited_action import StaffCaller
from backend.support.desk.tasks import TaskOutcome, Tasks, close_task, open_tasks
from backend.support.requests import Reason
from backend.support.rules import Action
from backend.support.staff.guards import signed_in_staff, staff_caller


class TaskOutcomeIn(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    outcome: TaskOutcome
    reason: Reason


class TaskDesk(Controller):
    path = "/support/v1/tasks"
    tags = ["Support"]
    guards = [signed_in_staff]
    dependencies = {"staff": Provide(staff_caller, sync_to_thread=False)}
    cache_control = CacheControlHeader(no_store=True)

    @get(action=Action.READ_TASKS)
    async def tasks(
        self,
        staff: NamedDependency[StaffCaller],
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Tasks:
        """List the open tasks of this desk, oldest first."""
        return await open_tasks(staff, cursor, limit)

    @post("/{task:uuid}/done", action=Action.SETTLE_TASK, status_code=HTTP_204_NO_CONTENT)
    async def done(
        self,
        task: FromPath[UUID],
        data: JSONBody[TaskOutcomeIn],
        staff: NamedDependency[StaffCaller],
    ) -> None:
        await close_task(staff, task, data.outcome, data.reason)
