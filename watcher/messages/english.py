"""The words of messages in English."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from watcher.messages import english_events

WORDS: Final = MappingProxyType(
    {
        **english_events.WORDS,
        "span.d": "{n} d",
        "span.h": "{n} h",
        "span.min": "{n} min",
        "span.s": "{n} s",
        "span.ms": "{n} ms",
        "subject.job": "{source}/{job}",
        "subject.source": "source {source}",
        "subject.channel": "channel {channel}",
        "subject.watcher": "watcher",
        "separator": ", ",
        # Titles.
        "title.began": "{name} {what}",
        "title.again": "Again: {name} {what}",
        "title.worse": "Worse: {name} {what}",
        "title.reminder": "Still: {name} {what}, for {span}",
        "title.escalated": "Nobody has reacted: {name} {what}, for {span}",
        "title.silence-ended": "Silence is over, still: {name} {what}, for {span}",
        "title.window-ended": "Maintenance window is over, still: {name} {what}, for {span}",
        "title.test": "TEST: {name} {what}",
        "title.recovered": "{name} {end}, after {span}",
        "title.recovered.batch-late.late": "{name} {end} at {ended}, {late} late",
        "title.reminder.batch-late.long": "Still: {name} {what}",
        "title.planned": "{name} {end}; it {was} for {span}",
        "title.gone": "{name} {end}; it {was} for {span}",
        "title.unwatched": "{name} {end}; it {was} for {span}",
        "title.absorbed": "{name} {was} {began}–{ended}, for {span}; {end}",
        # Labels.
        "label.state": "State",
        "label.since": "Since",
        "label.at": "At",
        "label.lasted": "Lasted",
        "label.error": "Error",
        "label.code": "Code",
        "label.within": "Within",
        "label.known": "Known as",
        "label.before": "Before",
        "label.job": "Job",
        "label.labels": "Labels",
        "label.look": "Look at",
        "label.rule": "Rule",
        "label.note": "Note",
        "label.delay": "Delay",
        "label.trend": "Trend",
        "label.deadline": "Deadline",
        "label.run": "This run",
        "label.restart": "Restart",
        "label.missing": "Missing",
        "label.jobs": "Jobs",
        "label.last-good": "Last good answer",
        "label.answers": "Answers",
        "label.cause": "Cause",
        "label.waiting": "Waiting",
        "label.detail": "Detail",
        "label.restarted": "Restarted",
        "label.down": "Down",
        "label.errors": "New errors",
        "label.unseen": "Not seen",
        "label.late": "Late",
        "link.open": "Open",
        # Facts.
        "state.expected": "should be {expected}, is {actual}",
        "state.now": "is now {actual}",
        "state.none": "unknown",
        "since": "{at} {zone}, for {span}",
        "since.now": "{at} {zone}",
        "lasted": "{span}, {began}–{ended} {zone}",
        "error.at": "{error} · at {at}",
        "error.known": "{name} · {past}",
        "error.first": "not seen before",
        "error.seen.one": "first seen {at}, {times} times",
        "error.seen.many": "first seen {at}, {times} times, {jobs} jobs",
        "before": "{state}, {look}",
        "project": "project {project}",
        "look.instance": "instance {id}",
        "look.yarn": "YARN {id}",
        "look.flink": "Flink job {id}",
        "look.handler": "engine job {id}",
        "rule": "{rule} · {severity}",
        "severity.info": "info",
        "severity.warning": "warning",
        "severity.error": "error",
        "severity.critical": "critical",
        "delay": "{delay}, the threshold is {threshold}",
        "trend.grows": "grows {rate} a minute",
        "trend.grows.to": "grows {rate} a minute, {delay} behind by {at}",
        "trend.falls": "catching up: falls {rate} a minute",
        "trend.falls.to": "catching up: falls {rate} a minute, caught up by about {at}",
        "trend.frozen": (
            "the same delay in {polls} readings in a row: nothing is read, or the metric is dead"
        ),
        "deadline.never": "{deadline}; no success has been seen yet",
        "deadline.last": "{deadline}; the last success was seen at {at}",
        "run.usual": "{lasted} so far, usually {usual} in all",
        "delay.now": "now {delay}",
        "restart.redeployed": "new instance {now}, before {before}: it was started or resumed anew",
        "restart.resubmitted": "submitted to YARN anew as {now}, before {before}",
        "restart.failed-over": "new Flink job {now} in the same application, before {before}",
        "restart.bounced": "seen down, runs again as the same instance",
        "missing": "the API's answer no longer names it; offline, renamed or deleted",
        "waiting": "{n} messages",
        "frozen": "{answers} in a row were the same for all {total} jobs, input delays included",
        "frozen.note": (
            "either the API serves old data, or nothing flows into any of these jobs; "
            "compare one of them with the console"
        ),
        "blind.never": "none yet since watching began",
        "blind.jobs": "{affected} of {total} without a good answer",
        "reconciled.nothing": "nothing changed",
        "names": "{n}: {names}",
        "names.more": "{names} … and {n} more",
        # Notes.
        "note.standing": "it was already so when watching began",
        "note.held": "{n} more like it since {at} not told",
        "note.held.plain": "{n} more like it not told",
        "note.quiet.silenced": "silence {by} kept this quiet",
        "note.quiet.window": "maintenance window {by} kept this quiet",
        "note.hidden": "{quiet}; {hidden}",
        "hidden.one": "1 more was hidden meanwhile",
        "hidden.many": "{n} more were hidden meanwhile",
        "note.fallback": "told here because channel {channel} cannot be told",
        "note.planned": "somebody changed ExpectState, so this alert ends",
        "note.gone": "the project no longer lists this job; its alert ends",
        "note.unwatched": "the rule, job or source left the configuration; its alert ends",
        "note.test": "this is a test; nothing is wrong",
        "note.unwritable": (
            "until it can save again nothing is judged, and nobody is told of any job; polls go on"
        ),
        "note.writable": "what still lasts is told now: jobs are compared with what was saved last",
        "late": "decided {at}, told {told}, {span} later",
        "late.reason": "{late}: {reason}",
        "deferred.receiver": "the receiver took no messages",
        "deferred.limit": "the robot takes at most {most} in {span}",
        "deferred.away": "watcher was not running",
        "deferred.attempts": "earlier attempts failed",
        "deferred.others": "other messages went before it",
        "deferred.clock": "the clock was set meanwhile",
        "deferred.dead": "it was dead until somebody retried it",
        "deferred.detail": "{reason} ({detail})",
        # Summaries.
        "summary.since": "{title}, since {at}",
        "summary.error": "{text}: {error}",
        # Bundles.
        "bundle.jobs": "{n} jobs: {tally}",
        "bundle.messages": "{n} messages: {tally}",
        "bundle.more": "… and {n} more",
        "bundle.same": "the same in all: {error}",
        "bundle.jobs.alike": "{n} jobs {what}",
        "bundle.again": "Again {title}",
        "bundle.worse": "Worse, {title}",
        "bundle.reminder": "Still {title}",
        "bundle.escalated": "Nobody has reacted, {title}",
        "bundle.silence-ended": "Silence is over, still {title}",
        "bundle.window-ended": "Maintenance window is over, still {title}",
        "bundle.test": "TEST, {title}",
        "bundle.standing": "{title}, already so when watching began",
        # Causes.
        "cause.throttled": "too many requests, we are held back",
        "cause.signature": "the signature is not accepted; check the access key's secret",
        "cause.credentials": "the credentials are not accepted; check key, token and their expiry",
        "cause.permission": "these credentials may not do this; check the account's permissions",
        "cause.clock": "this machine's clock and the server's are too far apart",
        "cause.address": "the address is wrong or not allowed; check endpoint, region and project",
        "cause.dns": "the host's name cannot be resolved",
        "cause.tls": "no trusted TLS connection can be made",
        "cause.connection": "no connection, or it broke",
        "cause.timeout": "no answer in time",
        "cause.unavailable": "the server says that it cannot serve now",
        "cause.redirect": "the server redirects us, which is never followed; check the address",
        "cause.garbled": "the answer cannot be understood",
        "cause.too-large": "the answer is larger than allowed",
        "cause.empty": "the answer holds none of the jobs that were there before",
        "cause.listing": "the list of jobs came in part and cannot be believed",
        "cause.refused": "it refuses our requests",
        "cause.broken": "a fault of the watcher itself; its log says where, please report it",
        "cause.retry": "it fails again and again",
        "cause.rejected": "it rejects this message",
        "cause.too-long": "it finds this message too long",
        "cause.late": "messages have been waiting for too long",
        "cause.store-full": "the disk of its store is full; make room there",
        "cause.store-fails": "the disk of its store fails; look at the disk and its mount",
        "cause.store-read-only": "its store may not be written; look at its mount and its rights",
        "cause.store-locked": "another process keeps its store locked; find and end it",
        "cause.store-damaged": "its store is damaged; put a backup in its place",
        "cause.store-unusable": "its store cannot be written",
        # What to do when a source cannot be seen.
        "blind.cause.throttled": (
            "too many requests, the API holds us back; raise `interval` of this source, "
            "or find out who else uses the account"
        ),
        "blind.cause.clock": (
            "this machine's clock and the server's are too far apart; set this one right"
        ),
        "blind.cause.clock.fast": (
            "this machine's clock is off by {seconds} s ({span} fast); set it right"
        ),
        "blind.cause.clock.slow": (
            "this machine's clock is off by {seconds} s ({span} slow); set it right"
        ),
        "blind.cause.dns": (
            "the host's name cannot be resolved; check `endpoint` and this machine's DNS"
        ),
        "blind.cause.tls": (
            "no trusted TLS connection can be made; "
            "check the server's certificate, its authority and this machine's clock"
        ),
        "blind.cause.connection": (
            "no connection, or it broke; check the network, the proxy and whether the API is up"
        ),
        "blind.cause.timeout": (
            "no answer in time; check the network, or raise `interval` of this source"
        ),
        "blind.cause.unavailable": (
            "the server says that it cannot serve now; it must be mended there"
        ),
        "blind.cause.garbled": (
            "the answer cannot be understood or broke off; "
            "a proxy or a login page between us and the API may have made it"
        ),
        "blind.cause.too-large": (
            "the answer is larger than allowed; lower `batch_size` of this source"
        ),
        "blind.cause.empty": (
            "the answer holds none of the jobs that were there before; check the project "
            "and the permissions, or take jobs that are gone out of the file"
        ),
        "blind.cause.refused": "the API refuses our requests; the detail says why",
        # What to do when a receiver refuses us.
        "refusal.keyword": (
            "the robot's keyword is not in our text; "
            "set `keyword` of this channel to one of the robot's keywords"
        ),
        "refusal.sign": (
            "the robot does not accept our signature; "
            "set `secret` of this channel to the robot's SEC… text"
        ),
        "refusal.timestamp": "the robot finds our time stamp wrong; check this machine's clock",
        "refusal.ip": (
            "the robot does not accept this machine's address; add it to the robot's IP list"
        ),
        "refusal.security": (
            "the robot's security settings refuse us; "
            "compare its keywords, signature and IP list with this channel"
        ),
        "refusal.token": (
            "the robot does not exist, is stopped or left its group; check `url` of this channel"
        ),
        "refusal.webhook": (
            "the Slack webhook or its conversation is gone or closed to us; "
            "make a new one and set `url`"
        ),
        "refusal.mention": (
            "Slack does not know one of those to be mentioned; check `mentions` of this channel"
        ),
        "refusal.redirect": (
            "the receiver redirects us, which is never followed; set `url` to the final address"
        ),
        "refusal.unauthorized": (
            "the receiver does not accept our credentials; check `url` and `headers`"
        ),
        "refusal.forbidden": "the receiver forbids it; check `url`, `secret` and its address list",
        "refusal.not-found": "nothing takes messages at this address; check `url`",
        "refusal.gone": "the receiver is gone for good; set another `url` or remove the channel",
        "refusal.proxy": "a proxy between wants credentials; check the proxy's settings",
        "refusal.not-implemented": "the receiver does not do what we ask for; check `url`",
        "throttle": "the receiver is asked too often",
        "throttle.quota": "the robot's quota of calls is used up; raise the plan or send less",
        "retry.busy": "the receiver is busy or failing",
        "retry.garbled": (
            "the answer is not one of this receiver's; something between us may have answered"
        ),
        "retry.status": "the receiver could not take it now",
        "rejected": "the receiver rejects this message",
        "rejected.unknown": "the receiver answers with a code that we do not know",
        "rejected.content": "the receiver does not like this message's text or links",
        "rejected.conflict": "the receiver has something else under this id",
        "too-long": "the message is too long for the receiver",
        "outcome.detail": "{words} · {said}",
    }
)
