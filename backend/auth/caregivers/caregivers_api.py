"""Routes for caregivers: who may read my record, and whose record I may read."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_204_NO_CONTENT
from msgspec import Meta, Struct

from backend.auth.access.gate import Caller
from backend.auth.access.guards import signed_in
from backend.auth.caregivers import caregivers, invitations
from backend.auth.caregivers.listed_grants import Grant
from backend.auth.rules import Scope
from backend.core.http.instants import InstantText, instant_or_none
from backend.core.http.pagination import DEFAULT_LIMIT, Cursor, Limit, PagedList


class InvitationIn(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    scope: Literal["summary", "full"]
    ends_at: InstantText | None = None
    """When the caregiver's right to read ends by itself."""
    charts: Annotated[list[UUID], Meta(min_length=1, max_length=20)] | None = None
    """Which of my charts; left out, all that I reach."""


class InvitationView(Struct, frozen=True, rename="camel"):
    id: UUID
    invitation_code: str
    scope: str
    ends_at: datetime | None
    expires_at: datetime
    """Until then somebody may use the code, once."""
    charts: list[UUID]
    """Which of my charts it opens, as long as this session reaches them."""


class OpenInvitationView(Struct, frozen=True, rename="camel"):
    id: UUID
    scope: str
    ends_at: datetime | None
    expires_at: datetime
    charts: list[UUID]


class InvitationPage(Struct, frozen=True, rename="camel"):
    items: list[OpenInvitationView]
    next_cursor: str | None = None


class InvitationShown(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    invitation_code: Annotated[str, Meta(max_length=60)]


class GrantView(Struct, frozen=True, rename="camel"):
    id: UUID
    name: str
    """Shortened."""
    scope: str
    kind: str
    begins_at: datetime
    ends_at: datetime | None
    review_at: datetime | None
    """From then on it opens nothing until a desk has looked at it again."""
    opens: bool


class GivenView(GrantView, frozen=True, rename="camel", kw_only=True):
    chart: UUID
    """Which of my charts it opens."""


class CaregiverPage(Struct, frozen=True, rename="camel"):
    items: list[GivenView]
    next_cursor: str | None


class CaredForView(GrantView, frozen=True, rename="camel", kw_only=True):
    patient: UUID
    """The person's chart that it opens. Stands for `me` in the addresses of a record."""
    by_charts: list[UUID]
    """Those of my charts that open it in this session."""


class CaredForPage(Struct, frozen=True, rename="camel"):
    items: list[CaredForView]
    next_cursor: str | None


class AcceptedView(Struct, frozen=True, rename="camel"):
    id: UUID
    patients: list[UUID]
    """The person's charts that mine open from now on."""


class MyCaregivers(Controller):
    path = "/v1/me/caregivers"
    guards = [signed_in]
    tags = ["caregivers"]

    @get()
    async def caregivers(
        self, caller: NamedDependency[Caller], cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
    ) -> CaregiverPage:
        """List who may read which of my charts, the newest first."""
        pages = PagedList("caregivers", caller.session)
        found = await caregivers.my_caregivers(caller, limit, pages.row_in(cursor))
        return CaregiverPage([_given(grant) for grant in found], _next(pages, found, limit))

    @post("/invitations")
    async def invite(
        self, caller: NamedDependency[Caller], data: JSONBody[InvitationIn]
    ) -> InvitationView:
        """Get a code that lets a person read my charts once they type it in on their phone."""
        ends_at = instant_or_none(data.ends_at, "$.endsAt")
        made = await invitations.offer(caller, Scope(data.scope), ends_at, data.charts)
        return InvitationView(
            made.id, made.code, made.scope, made.ends_at, made.expires_at, made.charts
        )

    @get("/invitations")
    async def invitations(self, caller: NamedDependency[Caller]) -> InvitationPage:
        """List my invitations that can still be used. Their codes were shown once."""
        found = await invitations.still_open(caller)
        return InvitationPage(
            [OpenInvitationView(e.id, e.scope, e.ends_at, e.expires_at, e.charts) for e in found]
        )

    @delete("/invitations/{invitation:uuid}", status_code=HTTP_204_NO_CONTENT)
    async def take_back(self, caller: NamedDependency[Caller], invitation: FromPath[UUID]) -> None:
        """Take my charts out of an invitation that nobody has used."""
        await invitations.take_back(caller, invitation)

    @delete("/{grant:uuid}", status_code=HTTP_204_NO_CONTENT)
    async def end(self, caller: NamedDependency[Caller], grant: FromPath[UUID]) -> None:
        """End a person's right to read one of my charts."""
        await caregivers.end_my_caregiver(caller, grant)


class CaredFor(Controller):
    path = "/v1/me/cared-for"
    guards = [signed_in]
    tags = ["caregivers"]

    @get()
    async def cared_for(
        self, caller: NamedDependency[Caller], cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
    ) -> CaredForPage:
        """List which charts of others I may read, the newest first."""
        pages = PagedList("cared-for", caller.session)
        found = await caregivers.cared_for(caller, limit, pages.row_in(cursor))
        return CaredForPage([_cared_for(grant) for grant in found], _next(pages, found, limit))

    @post()
    async def accept(
        self, caller: NamedDependency[Caller], data: JSONBody[InvitationShown]
    ) -> AcceptedView:
        """Become a person's caregiver with the code on their phone. It works once."""
        opened = await invitations.accept(caller, data.invitation_code)
        return AcceptedView(opened.id, opened.charts)

    @delete("/{grant:uuid}", status_code=HTTP_204_NO_CONTENT)
    async def give_up(self, caller: NamedDependency[Caller], grant: FromPath[UUID]) -> None:
        """End my right to read a chart of a person, by the charts of mine that I reach."""
        await caregivers.give_up(caller, grant)


def _next(pages: PagedList, found: list[Grant], limit: int) -> str | None:
    return pages.cursor(found[-1].id if len(found) == limit else None)


def _given(grant: Grant) -> GivenView:
    return GivenView(
        id=grant.id,
        chart=grant.chart,
        name=grant.name,
        scope=grant.scope,
        kind=grant.kind,
        begins_at=grant.begins_at,
        ends_at=grant.ends_at,
        review_at=grant.review_at,
        opens=grant.opens,
    )


def _cared_for(grant: Grant) -> CaredForView:
    return CaredForView(
        id=grant.id,
        patient=grant.chart,
        by_charts=grant.by_charts,
        name=grant.name,
        scope=grant.scope,
        kind=grant.kind,
        begins_at=grant.begins_at,
        ends_at=grant.ends_at,
        review_at=grant.review_at,
        opens=grant.opens,
    )
