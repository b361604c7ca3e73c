"""The rows that an audit looks at: people chosen by chance, at rest, whom nobody writes meanwhile."""

from datetime import date

from services.outreach.store.due import SQL
from shared.runtime.database import Connection
from shared.runtime.documents import loaded
from shared.versions import Document


async def sample(connection: Connection, first: str, today: date, at_most: int) -> dict[str, Document]:
    """The documents of people from this key on (keys are random), held as they are until the end of the transaction."""
    rows = await connection.fetch(SQL["sample"], first, today, at_most)
    return {row["personkey"]: loaded(row["document"]) for row in rows}
