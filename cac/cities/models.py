"""Member cities and their names in several languages."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Float, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cac.db import Base, UTCDateTime


class City(Base):
    """A member of the network that publishes practices: a city, or a regional or national body that stands in for one."""

    __tablename__ = "cities"
    __table_args__ = (
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude_range"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude_range"),
        CheckConstraint("level IN ('city', 'regional', 'national')", name="level_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    country: Mapped[str] = mapped_column(String(2), index=True)
    level: Mapped[str] = mapped_column(String(10), default="city")
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    timezone: Mapped[str] = mapped_column(String(60), default="UTC")
    language: Mapped[str] = mapped_column(String(20), default="en")
    population: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    names: Mapped[list["CityName"]] = relationship(
        back_populates="city", cascade="all, delete-orphan", lazy="selectin", order_by="CityName.language"
    )

    def name_in(self, language: str) -> str:
        """Return the city's name in ``language``, else in English, else in its own language, else the first there is."""
        names = {name.language: name.name for name in self.names}
        for tag in (language, language.split("-", maxsplit=1)[0], "en", self.language):
            if tag in names:
                return names[tag]
        return next(iter(names.values()), self.slug)


class CityName(Base):
    """The name of a city in one language."""

    __tablename__ = "city_names"
    __table_args__ = (UniqueConstraint("city_id", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("cities.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200), index=True)

    city: Mapped[City] = relationship(back_populates="names")
