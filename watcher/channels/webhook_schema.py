"""The JSON Schema (draft 2020-12) of the generic webhook's body, in the words of the core.

It is open: what a later version adds is no breach of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from watcher.core.event import Kind
from watcher.core.notification import Reason, Status
from watcher.core.rule import Severity
from watcher.core.verdict import VERDICT_WORDS

Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
RIDERS: Final = (Kind.NEW_ERROR, Kind.STATE_CHANGE, Kind.RESTART)


def webhook_schema() -> Schema:
    """The schema of one request's body."""
    types = [f"{kind}.{status}" for kind in Kind for status in Status]
    return {
        "$schema": DIALECT,
        "title": "watcher's generic webhook",
        "description": "The body of one request: one notification.",
        **_object(
            type=_one_of(types, "The event's kind and the status."),
            timestamp=_time("When the notification was made: the same at every try."),
            data={"$ref": "#/$defs/data"},
        ),
        "$defs": {"data": _data(), "run": _run(), "error": _error(), "trend": _trend()},
    }


def _data() -> Schema:
    always = _object(
        alert=_text("The same from the beginning to the end of one alert."),
        incident=_or_null(_text("The `alert` of the incident that the job belongs to.")),
        sequence=_count("Grows by one for each notification to this channel about this subject."),
        number=_count("Counts the messages of the alert."),
        status=_one_of(Status, "`occurred` for kinds that do not end."),
        reason=_one_of(Reason, "Why this is told now; `test` for what test-channel sends."),
        rule=_text("The rule that tells it."),
        severity=_one_of([severity.word for severity in Severity], "How serious it is."),
        verdict=_or_null(_text(f"A word of the kind: {', '.join(VERDICT_WORDS)}.")),
        trend=_or_null({"$ref": "#/$defs/trend"}),
        source=_or_null(_text("The source; null for a channel and the watcher itself.")),
        project=_or_null(_text("The source's project.")),
        job=_or_null(_text("The job; null for events that are about none.")),
        job_type=_or_null(_text("FLINK_STREAM or FLINK_BATCH; null where `job` is.")),
        labels=_labels(),
        summary=_text("All of it in one line."),
        run=_or_null({"$ref": "#/$defs/run"}),
        previous=_or_null({"$ref": "#/$defs/run"}),
        error=_or_null({"$ref": "#/$defs/error"}),
        occurred_at=_time("LastErrorTime where the event rests on it, else as `detected_at`."),
        detected_at=_time("When a reading showed it."),
    )
    always["properties"] |= _sometimes()
    return always


def _sometimes() -> Schema:
    return {
        "flapping": _object(
            changes=_or_null(_count("Changes of ActualState and restarts since it began.", 0)),
            restarts=_or_null(_count("How many of them were restarts.", 0)),
        ),
        "redeployment": _object(
            down_at=_time("When it was stopped."), up_at=_time("When it ran again.")
        ),
        "riders": {
            "description": "What travelled in a chat's message that this webhook stands in for.",
            "type": "array",
            "minItems": 1,
            "maxItems": 8,
            "items": _object(
                kind=_one_of(RIDERS, "The event's kind."),
                occurred_at=_time("When it was."),
                run=_or_null({"$ref": "#/$defs/run"}),
            ),
        },
    }


def _run() -> Schema:
    return _object(
        expect_state=_or_null(_text("ExpectState.")),
        actual_state=_or_null(_text("ActualState; an open string.")),
        instance_id=_or_null(_text("Id, as a text.")),
        engine_job_handler=_or_null(_text("EngineJobHandler.")),
        input_delay_ms=_or_null({"type": "integer", "description": "InputDelay, milliseconds."}),
        last_error_message=_or_null(_text("LastErrorMessage, cut at 8 KiB.")),
        last_error_at=_or_null(_time("LastErrorTime.")),
    )


def _error() -> Schema:
    members = {"class": _or_null(_text("The deepest cause's class."))}
    return _object(
        fingerprint=_text("Equal for errors that say the same but for numbers, ids and hosts."),
        **members,
        message=_or_null(_text("The deepest cause's message.")),
        frame=_or_null(_text("The user's own code nearest to it.")),
        first_seen_at=_or_null(_time("Since when this watcher has seen it.")),
        times=_or_null(_count("How often, this time included.")),
        jobs=_or_null(_count("In how many jobs.")),
    )


def _trend() -> Schema:
    return _object(
        ms_per_minute={"type": "integer", "description": "Negative where the delay falls."},
        reaches_ms=_or_null({"type": "integer", "description": "The delay that it is heading to."}),
        reaches_at=_or_null(_time("When it gets there.")),
    )


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _labels() -> Schema:
    said = "The labels of the job's entry in the file."
    return {"type": "object", "additionalProperties": {"type": "string"}, "description": said}


def _text(said: str) -> Schema:
    return {"type": "string", "description": said}


def _one_of(words: Iterable[str], said: str) -> Schema:
    return {"type": "string", "enum": [str(word) for word in words], "description": said}


def _count(said: str, least: int = 1) -> Schema:
    return {"type": "integer", "minimum": least, "description": said}


def _time(said: str) -> Schema:
    return {
        "type": "string",
        "format": "date-time",
        "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
        "description": said,
    }


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}
