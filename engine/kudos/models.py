"""A light thank-you: giver, receivers, words, tags."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Instant

KUDOS_KIND = "kudos"  # of its announcements


class Kudos(Base):
    """One gift, with one or more receivers."""

    __tablename__ = "kudos"
    __table_args__ = (
        Index("ix_kudos_giver_day", "giver_id", "day"),
        Index("ix_kudos_giver_at", "giver_id", "given_at"),
        Index("ix_kudos_cause", "cause"),
        Index(
            "ix_kudos_newest",
            "given_at",
            "kudos_id",
            postgresql_where=text("public AND undone_at IS NULL"),
            sqlite_where=text("public = 1 AND undone_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column("kudos_id", primary_key=True)
    giver_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    words: Mapped[str]
    public: Mapped[bool] = mapped_column(default=True)
    day: Mapped[date]  # the giver's day, fixed at giving: allowances are counted on it
    given_at: Mapped[datetime] = mapped_column(Instant)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    cause: Mapped[str | None] = mapped_column(String(255))  # what brought it: "turn:…"
    link: Mapped[str | None]  # where the message can be read that it is for


class KudosReceiver(Base):
    __tablename__ = "kudos_receivers"
    __table_args__ = (Index("ix_kudos_receivers_receiver_id", "receiver_id", "kudos_id"),)

    kudos_id: Mapped[int] = mapped_column(ForeignKey("kudos.kudos_id"), primary_key=True)
    receiver_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)  # as the giver named them
    points: Mapped[int] = mapped_column(default=0)


class KudosTag(Base):
    """A tag that a gift carries; custom tags need no definition."""

    __tablename__ = "kudos_tags"
    __table_args__ = (Index("ix_kudos_tags_tag", "tag"),)

    kudos_id: Mapped[int] = mapped_column(ForeignKey("kudos.kudos_id"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)


def build_kudos_source(kudos_id: int) -> str:
    """Build the source name of the kudos in the points ledger."""
    return f"{KUDOS_KIND}:{kudos_id}"
