"""The API under /v1/returns: the list and one version, as their pages show them; what leaves, never the figure behind it."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Security
from pydantic import BaseModel, Field

from services.reporting.web.desk import AtDesk
from services.reporting.web.returns_page import READS, Listed, ReturnPage, Version, return_page, returns_page
from shared.web.errors import problems
from shared.web.people import Person
from shared.web.sign_in import BEARER, SESSION, calling, having

router = APIRouter(prefix="/v1/returns", tags=["returns"], dependencies=[Security(BEARER), Security(SESSION)], responses=problems(401, 403))
Reads = Annotated[Person, Depends(having(READS, calling))]


class Return(BaseModel):
    """One version of a return."""

    id: Annotated[str, Field(description="definition:organisation:period")]
    version: int
    definition: str
    definition_version: int
    title: str
    organisation: str
    organisation_name: str
    period: str
    first: date
    last: date
    state: str
    deadline: date
    overdue: Annotated[bool, Field(description="the deadline has passed, and nobody has got it")]
    differs_materially: Annotated[
        int | None, Field(description="figures that would now, when it was last looked at; null: not looked at yet")
    ]
    next: Annotated[str, Field(description="what is to be done, and by whom")]


class Row(BaseModel):
    """What leaves of one line at one place for one group."""

    line: str
    title: str
    section: str
    level: str
    code: str
    by: str
    value: str
    kind: str
    shown: Annotated[str, Field(description="*: fewer than five, or hidden so that another figure stays hidden")]


class Edit(BaseModel):
    """What the checks found. `explained` None: nobody has."""

    id: str
    kind: str
    line: str
    message: str
    blocks: bool
    explained: str | None
    explained_by: str | None


class Step(BaseModel):
    version: int
    at: datetime
    change: str
    state: Annotated[str, Field(description="after it")]
    by: str
    detail: str


class Notice(BaseModel):
    """What somebody was told."""

    at: datetime
    kind: str
    role: Annotated[str, Field(description="who is to act")]
    text: str


class Sent(BaseModel):
    """To one recipient."""

    recipient: str
    transport: str
    state: str
    local_id: str


class Frozen(BaseModel):
    """What a version was frozen as."""

    known_at: datetime
    by: str
    hash: Annotated[str, Field(description="SHA-256 of what leaves")]
    evidence_hash: Annotated[str, Field(description="SHA-256 of the exact figures and of the units behind them")]
    ledger_position: int
    reference_load: int
    rules: Annotated[dict[str, Any], Field(description="versions of what computed it")]
    signed_by: str | None
    signed_at: datetime | None


class Whole(Return):
    """`versions`: all there are, the newest first; `history`: of all of them. A draft has no rows yet."""

    versions: list[int]
    frozen: Frozen | None
    rows: list[Row]
    edits: list[Edit]
    sent: list[Sent]
    notices: list[Notice]
    history: list[Step]


@router.get("", summary="The returns of who asks, the newest version of each", response_model=list[Return])
async def listed(desk: AtDesk, person: Reads) -> Any:
    return [_return(one) for one in (await returns_page(desk, person)).returns]


@router.get("/{return_id}", summary="One version of a return", response_model=Whole, responses=problems(404, 422))
async def one(desk: AtDesk, person: Reads, return_id: str, filters: Annotated[Version, Query()]) -> Any:
    page = await return_page(desk, person, return_id, filters.version)
    return Whole(
        **_return(page.listed).model_dump(),
        versions=[row["version"] for row in page.versions],
        frozen=_frozen(page),
        rows=[
            Row(title=line.title, section=section, **one.figure.row._asdict())
            for section, lines in page.sections
            for line, shown in lines
            for one in shown
        ],
        edits=[
            Edit(id=edit.id, kind=edit.kind, line=edit.line, message=edit.message, blocks=edit.blocks, explained=text, explained_by=by)
            for edit, text, by in page.edits
        ],
        sent=[Sent(**{name: row[name] for name in Sent.model_fields}) for row in page.sent],
        notices=[Notice(at=row["said_at"], kind=row["kind"], role=row["role"], text=row["text"]) for row in page.notices],
        history=[
            Step(at=row["said_at"], **{name: row[name] for name in ("version", "change", "state", "by", "detail")}) for row in page.steps
        ],
    )


def _return(listed: Listed) -> Return:
    row = listed.row
    named = {
        name: row[name] for name in ("version", "definition", "definition_version", "organisation", "period", "first", "last", "state")
    }
    return Return(
        id=row["return_id"], deadline=row["due_on"], title=listed.title, organisation_name=listed.name, overdue=listed.overdue,
        next=listed.next, differs_materially=row["material"], **named,
    )  # fmt: skip


def _frozen(page: ReturnPage) -> Frozen | None:
    row = page.row
    if row["frozen_at"] is None:
        return None
    named = {name: row[name] for name in ("hash", "evidence_hash", "ledger_position", "signed_by", "signed_at")}
    return Frozen(known_at=row["frozen_at"], by=row["frozen_by"], reference_load=row["load"], rules=dict(page.rules), **named)
