"""The limit on dead letters: a bad message and a bad deployment are different things."""

from collections.abc import Collection, Sequence

from aiokafka import TopicPartition

from shared.runtime.batch import Record


class TooManyDeadLettersError(Exception):
    """An inner partition brings only hopeless records: our own deployment is wrong, not the records."""

    def __init__(self, place: TopicPartition, run: int) -> None:
        super().__init__(f"{run} dead letters in a row: the reader or the writer of this topic is wrong")
        self.place = place


class DeadLetterLimit:
    """Past `run` dead letters in a row a partition stops, instead of being shovelled into the dead-letter table. None: no limit."""

    def __init__(self, run: int | None) -> None:
        self._run = run

    def after(self, place: TopicPartition, records: Sequence[Record], dead: Collection[int], before: int) -> int:
        """How many dead letters the partition ends with, after `before`; `dead`: their offsets. Raises TooManyDeadLettersError."""
        if not dead:
            return 0 if records else before
        run = before
        for record in records:
            run = run + 1 if record.offset in dead else 0
            if self._run is not None and run > self._run:
                raise TooManyDeadLettersError(place, run)
        return run
