"""FastAPI with SQLAlchemy on asyncpg, in three ways (``BENCH_WAY``).

``orm``: mapped classes over the ordinary tables, related rows loaded as usual.
``core``: the same tables by two hand-written statements.
``kept``: one statement on our kept row, which nobody has who did not think of it.

Tuned alike: one pool per process, no reset on return, no transaction around reads (AUTOCOMMIT), asyncpg's prepared
statements, statements compiled once, uvloop, a ready-made response instead of a model to serialise.
"""

import json
import os
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import asyncpg
from fastapi import FastAPI, Header, HTTPException, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import JSON, ForeignKey, bindparam, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship

from benchmarks.validate.rival_answer import DSN, SAID, answer, credentials, same_hash, signed

WAY = os.environ.get("BENCH_WAY", "orm")
POOL_SIZE = int(os.environ.get("BENCH_POOL", "6"))
ZONE = ZoneInfo("Europe/Berlin")
# What our derived row knows of the plan beside what is booked; these ways have it at hand, which costs nothing.
KNOWN = json.loads(SAID["grants"])


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "organisations_customer"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]


class Product(Base):
    __tablename__ = "catalogue_product"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]


class Item(Base):
    __tablename__ = "catalogue_item"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]


class Booking(Base):
    __tablename__ = "subscriptions_booking"
    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("subscriptions_contract.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("catalogue_item.id"))
    kind: Mapped[str]
    quantity: Mapped[int]
    until: Mapped[date | None]
    item: Mapped[Item] = relationship()


class Contract(Base):
    __tablename__ = "subscriptions_contract"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("organisations_customer.id"))
    number: Mapped[str]
    kind: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    suspended: Mapped[bool]
    customer: Mapped[Customer] = relationship()
    bookings: Mapped[list[Booking]] = relationship(order_by=Booking.id)


class Licence(Base):
    __tablename__ = "licensing_licence"
    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("subscriptions_contract.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("catalogue_product.id"))
    ref: Mapped[str]
    used: Mapped[str]
    installations: Mapped[int]
    grants: Mapped[str] = mapped_column(deferred=True)
    contract: Mapped[Contract] = relationship()
    product: Mapped[Product] = relationship()


class LicenceToken(Base):
    __tablename__ = "licensing_licencetoken"
    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("subscriptions_contract.id"))
    public_id: Mapped[str]
    secret_hash: Mapped[str]
    revoked_at: Mapped[datetime | None]


class Installation(Base):
    __tablename__ = "licensing_installation"
    id: Mapped[int] = mapped_column(primary_key=True)
    licence_id: Mapped[int] = mapped_column(ForeignKey("licensing_licence.id"))
    ref: Mapped[str]
    name: Mapped[str]
    environment: Mapped[str]
    parts: Mapped[dict] = mapped_column(JSON)
    removed_at: Mapped[datetime | None]


class Question(BaseModel):
    """What a product says of itself."""

    model_config = ConfigDict(extra="ignore")

    product: str
    installation: str
    fingerprint: dict[str, str]
    version: str = ""
    environment: str = ""
    nonce: str = ""


async def connect():
    return await asyncpg.connect(DSN)


engine = create_async_engine(
    "postgresql+asyncpg://",
    async_creator=connect,
    pool_size=POOL_SIZE,
    max_overflow=0,
    pool_reset_on_return=None,
    isolation_level="AUTOCOMMIT",
)
Session = async_sessionmaker(engine, expire_on_commit=False, autoflush=False)
app = FastAPI(openapi_url=None)
Authorization = Annotated[str, Header()]


def grants_of(number: str, customer: str, product: str, contract, items: list[dict]) -> dict:
    """Give what is granted, put together from contract and bookings."""
    plan = next((one for one in items if one["kind"] == "plan"), None)
    return {
        "contract": number,
        "customer": customer,
        "product": product,
        "kind": contract.kind,
        "edition": plan["key"] if plan else "",
        "environment": "evaluation" if contract.kind == "evaluation" else "production",
        "starts_at": midnight(contract.starts_on),
        "ends_at": midnight(contract.ends_on + timedelta(days=1)),
        "grace_days": KNOWN["grace_days"],
        "suspended": contract.suspended,
        "items": [one for one in items if one["kind"] != "seat"],
        "allowances": {"objects": plan["quantity"] if plan else 0},
        "seats": {one["key"]: one["quantity"] for one in items if one["kind"] == "seat"},
        "policy": KNOWN["policy"],
    }


def midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=ZONE).timestamp())


def refused() -> HTTPException:
    return HTTPException(401, "invalid_token")


def respond(question: Question, grants: dict, licence: str, used: str, taken: int, place: dict) -> Response:
    asked = {"fingerprint": question.fingerprint, "nonce": question.nonce}
    content = signed(answer(asked, grants, licence, json.loads(used), taken, place))
    return Response(content, media_type="application/json")


async def by_orm(question: Question, authorization: Authorization) -> Response:
    who = credentials(authorization)
    if who is None:
        raise refused()
    async with Session() as session:
        token = await session.scalar(select(LicenceToken).where(LicenceToken.public_id == who[0]))
        if token is None or token.revoked_at is not None or not same_hash(token.secret_hash, who[1]):
            raise refused()
        licence = await session.scalar(
            select(Licence)
            .join(Licence.product)
            .where(Licence.contract_id == token.contract_id, Product.key == question.product)
            .options(
                joinedload(Licence.product),
                joinedload(Licence.contract).joinedload(Contract.customer),
                joinedload(Licence.contract).selectinload(Contract.bookings).joinedload(Booking.item),
            )
        )
        installation = await session.scalar(
            select(Installation).where(Installation.licence_id == licence.id, Installation.ref == question.installation)
        )
    contract = licence.contract
    items = [{"key": one.item.key, "kind": one.kind, "quantity": one.quantity} for one in contract.bookings]
    grants = grants_of(contract.number, contract.customer.number, licence.product.key, contract, sort(items))
    place = {name: getattr(installation, name) for name in ("ref", "name", "environment", "parts")}
    return respond(question, grants, licence.ref, licence.used, licence.installations, place)


def sort(items: list[dict]) -> list[dict]:
    return sorted(items, key=lambda one: (one["kind"], one["key"]))


TOKEN, CONTRACT, CUSTOMER = LicenceToken.__table__, Contract.__table__, Customer.__table__
LICENCE, PLACE, PRODUCT = Licence.__table__, Installation.__table__, Product.__table__
BOOKING, ITEM = Booking.__table__, Item.__table__
FOUND = (
    select(
        TOKEN.c.secret_hash,
        TOKEN.c.revoked_at,
        TOKEN.c.contract_id,
        LICENCE.c.ref.label("licence"),
        LICENCE.c.used,
        LICENCE.c.installations,
        PLACE.c.ref,
        PLACE.c.name,
        PLACE.c.environment,
        PLACE.c.parts,
        PRODUCT.c.key.label("product"),
    )
    .join(LICENCE, LICENCE.c.contract_id == TOKEN.c.contract_id)
    .join(PRODUCT, PRODUCT.c.id == LICENCE.c.product_id)
    .join(PLACE, (PLACE.c.licence_id == LICENCE.c.id) & (PLACE.c.ref == bindparam("place")))
    .where(TOKEN.c.public_id == bindparam("token"), PRODUCT.c.key == bindparam("product_key"))
)
ON_CONTRACT = FOUND.join(CONTRACT, CONTRACT.c.id == TOKEN.c.contract_id).join(
    CUSTOMER, CUSTOMER.c.id == CONTRACT.c.customer_id
)
TOLD = ON_CONTRACT.add_columns(
    CONTRACT.c.number,
    CONTRACT.c.kind,
    CONTRACT.c.starts_on,
    CONTRACT.c.ends_on,
    CONTRACT.c.suspended,
    CUSTOMER.c.number.label("customer"),
)
BOOKED = (
    select(ITEM.c.key, BOOKING.c.kind, BOOKING.c.quantity)
    .join(ITEM, ITEM.c.id == BOOKING.c.item_id)
    .where(BOOKING.c.contract_id == bindparam("contract"))
)
KEPT = FOUND.add_columns(LICENCE.c.grants)


async def by_core(question: Question, authorization: Authorization) -> Response:
    who = credentials(authorization)
    if who is None:
        raise refused()
    values = {"token": who[0], "place": question.installation, "product_key": question.product}
    async with engine.connect() as connection:
        row = (await connection.execute(TOLD, values)).first()
        if row is None or row.revoked_at is not None or not same_hash(row.secret_hash, who[1]):
            raise refused()
        booked = (await connection.execute(BOOKED, {"contract": row.contract_id})).all()
    items = [{"key": key, "kind": kind, "quantity": quantity} for key, kind, quantity in booked]
    grants = grants_of(row.number, row.customer, row.product, row, sort(items))
    return respond(question, grants, row.licence, row.used, row.installations, place_of(row))


async def by_kept_row(question: Question, authorization: Authorization) -> Response:
    who = credentials(authorization)
    if who is None:
        raise refused()
    values = {"token": who[0], "place": question.installation, "product_key": question.product}
    async with engine.connect() as connection:
        row = (await connection.execute(KEPT, values)).first()
    if row is None or row.revoked_at is not None or not same_hash(row.secret_hash, who[1]):
        raise refused()
    return respond(question, json.loads(row.grants), row.licence, row.used, row.installations, place_of(row))


def place_of(row) -> dict:
    return {"ref": row.ref, "name": row.name, "environment": row.environment, "parts": row.parts}


app.post("/api/v1/validate")({"orm": by_orm, "core": by_core, "kept": by_kept_row}[WAY])
application = app
