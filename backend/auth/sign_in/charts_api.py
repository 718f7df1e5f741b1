"""Routes for the charts of a session: list them, add some, and say that one is not mine."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_202_ACCEPTED
from msgspec import Meta, Struct

from backend.auth.access.gate import Caller
from backend.auth.access.guards import signed_in
from backend.auth.credentials.typed_codes import SixDigits
from backend.auth.sign_in import adding_charts, leaving_charts, slips_in_session
from backend.auth.sign_in.adding_charts import asking_of
from backend.auth.sign_in.code_requests import IssuedChallenge
from backend.auth.sign_in.my_charts import MyChart, my_charts
from backend.auth.sign_in.sign_in_api import CodeWanted, asked_for
from backend.auth.sign_in.token_views import TokensView, tokens_view
from backend.core.errors import HubError

Typed = Annotated[str, Meta(max_length=60)]


class ChartView(Struct, frozen=True, rename="camel", omit_defaults=True):
    """One chart. While it is only found, the app shows facility, year and sex, and asks."""

    id: UUID
    facility: str
    year_of_birth: str | None
    sex: str
    state: Literal["open", "found"]
    yes_takes_code: bool = False
    """Of a found one: a yes is answered by a code to the number that its hospital has."""
    level: str | None = None
    """Of an open one: otp-limited, otp, desk or vneid."""
    proof: str | None = None
    """code, slip, vneid or approval: what opened it here."""
    name: str | None = None
    reached_at: datetime | None = None
    stepped_up_until: datetime | None = None


class ChartsView(Struct, frozen=True, rename="camel"):
    items: list[ChartView]


class ChartsAdded(Struct, frozen=True, rename="camel", omit_defaults=True):
    """What an addition has led to. A request for a code is answered alike for everybody."""

    opened: list[UUID] = []
    challenge_id: UUID | None = None
    """Show it with the code that comes, here and not at sign-in."""
    expires_at: datetime | None = None
    resend_after: int | None = None
    """Seconds until another code may be asked for."""
    name: str | None = None
    """Whom a slip names. Ask: the same person, or another? Then send it again with `same`."""
    facility: str | None = None
    session: TokensView | None = None
    """The second session on this phone, of the other person."""


class ChartsWanted(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """One of four: a yes, another number, its code, or a slip."""

    charts: Annotated[list[UUID], Meta(min_length=1, max_length=20)] | None = None
    """Found charts that are mine."""
    citizen_id: Annotated[str, Meta(max_length=40)] | None = None
    facility: Annotated[str, Meta(max_length=13)] | None = None
    hospital_number: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    phone: Annotated[str, Meta(max_length=40)] | None = None
    challenge_id: UUID | None = None
    code: SixDigits | None = None
    activation_code: Typed | None = None
    same: bool | None = None
    """Whether the slip is the same person's; left out to hear the name first."""

    def given(self) -> frozenset[str]:
        return frozenset(name for name in self.__struct_fields__ if getattr(self, name) is not None)


class OneWayNeeded(HubError):
    """Send charts, or an id with a phone, or a challenge with its code, or a slip: one of them."""

    code = "one_way_needed"
    status = 422


class MyCharts(Controller):
    path = "/v1/me/charts"
    guards = [signed_in]
    tags = ["charts"]

    @get()
    async def charts(self, caller: NamedDependency[Caller]) -> ChartsView:
        """List my charts: those that are open here, and those that were found and need a yes."""
        return ChartsView([_view(one) for one in await my_charts(caller)])

    @post(status_code=HTTP_202_ACCEPTED)
    async def add(
        self, data: JSONBody[ChartsWanted], caller: NamedDependency[Caller]
    ) -> ChartsAdded:
        """Add charts to this session: by a yes, by a code to another number, or by a slip."""
        return await _added(data, caller)

    @delete("/{chart:uuid}")
    async def leave(self, caller: NamedDependency[Caller], chart: FromPath[UUID]) -> None:
        """Say that a chart is not mine. Nothing of it comes to my number any more."""
        await leaving_charts.leave(caller, chart)


async def _added(data: ChartsWanted, caller: Caller) -> ChartsAdded:
    """Add in the one way that is given.

    Raises:
        OneWayNeeded: none, or two of them.
    """
    given = data.given()
    if given == {"charts"} and data.charts:
        said = await adding_charts.say_yes(caller, data.charts, await asking_of(caller))
        return _issued(said.asked, said.opened)
    if given == {"challenge_id", "code"} and data.challenge_id and data.code:
        opened = await adding_charts.show_code(
            caller, data.challenge_id, data.code, await asking_of(caller)
        )
        return ChartsAdded(opened)
    if data.activation_code and given <= {"activation_code", "same"}:
        return await _by_slip(caller, data.activation_code, same=data.same)
    if data.phone and given <= {"phone", "citizen_id", "facility", "hospital_number"}:
        wanted = CodeWanted(data.phone, data.citizen_id, data.facility, data.hospital_number)
        return _issued(await asked_for(wanted, await asking_of(caller)))
    raise OneWayNeeded


async def _by_slip(caller: Caller, typed: str, *, same: bool | None) -> ChartsAdded:
    if same is None:
        named = await slips_in_session.look_at(caller, typed)
        return ChartsAdded(name=named.name, facility=named.facility)
    if same:
        return ChartsAdded([await slips_in_session.add_by_slip(caller, typed)])
    return ChartsAdded(session=tokens_view(await slips_in_session.open_for_another(caller, typed)))


def _issued(asked: IssuedChallenge | None, opened: list[UUID] | None = None) -> ChartsAdded:
    if asked is None:
        return ChartsAdded(opened or [])
    return ChartsAdded(opened or [], asked.challenge, asked.expires_at, asked.resend_after)


def _view(mine: MyChart) -> ChartView:
    return ChartView(
        id=mine.chart,
        facility=mine.facility,
        year_of_birth=mine.year_of_birth,
        sex=mine.sex,
        state="found" if mine.is_found else "open",
        yes_takes_code=mine.takes_code,
        level=None if mine.is_found else mine.level,
        proof=mine.proof,
        name=mine.name,
        reached_at=mine.reached_at,
        stepped_up_until=mine.stepped_up_until,
    )
