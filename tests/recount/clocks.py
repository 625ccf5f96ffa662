"""Service levels: business time, the first answer, the decision, the promised date, and their pauses."""

import datetime

from rows import DAY, day_of, start_of, written

PAUSING = ("NEEDS_INFO", "DEFERRED")
UNDECIDED = ("SUBMITTED", "UNDER_REVIEW")
DONE = ("IMPLEMENTED", "SUSTAINED")
HOUR = 3_600_000_000


class BusinessTime:
    """Monday to Friday, nine to five, of London; Christmas, Boxing Day and New Year's Day are off."""

    def __init__(self):
        self.spans = {}

    @staticmethod
    def last_sunday(year, month):
        last = datetime.date(year, month, 31)
        return last - datetime.timedelta(days=(last.weekday() + 1) % 7)

    def summer(self, day):
        return self.last_sunday(day.year, 3) <= day < self.last_sunday(day.year, 10)

    def span(self, day):
        """First and last microsecond of work on a day, or none."""
        if day not in self.spans:
            off = day.weekday() > 4 or (day.month, day.day) in ((12, 25), (12, 26), (1, 1))
            nine = start_of(day) + (8 if self.summer(day) else 9) * HOUR
            self.spans[day] = None if off else (nine, nine + 8 * HOUR)
        return self.spans[day]

    def worked(self, start, end):
        """Microseconds of work between two instants."""
        total, day = 0, day_of(start)
        while day <= day_of(end):
            span = self.span(day)
            if span:
                total += max(0, min(span[1], end) - max(span[0], start))
            day += datetime.timedelta(days=1)
        return total

    def end_of(self, day):
        """Midnight in London at the end of a day."""
        day += datetime.timedelta(days=1)
        summer = self.last_sunday(day.year, 3) < day <= self.last_sunday(day.year, 10)
        return start_of(day) - (HOUR if summer else 0)

    def today(self, now):
        """The day in London."""
        return day_of(now + (HOUR if self.summer(day_of(now)) else 0))


class Clocks:
    """The clocks of every submission, from its decisions and comments alone."""

    def __init__(self, rows, tellings, rights):
        self.rows, self.told, self.rights, self.time, self.dues, self.covered = rows, tellings, rights, BusinessTime(), {}, {}
        self.comments = rows.of("comment", order=("created_at", "id"))

    def pauses(self, key):
        begun, spans = None, []
        for told in self.told.announced[key]:
            if begun is not None:
                spans.append((begun, told["closed_at"]))
            begun = told["closed_at"] if told["to_phase"] in PAUSING else None
        return spans + ([(begun, self.rows.now)] if begun is not None else [])

    def spent(self, key, start, end, stopped):
        pauses = [(max(start, a), min(end, b)) for a, b in self.pauses(key) if stopped is None or a < stopped]
        return self.time.worked(start, end) - sum(self.time.worked(a, b) for a, b in pauses if a < b)

    def due(self, key, start, days, stopped=None):
        """The first instant at which so many days of eight hours have passed. A pause that begins when a clock has
        stopped does not move its time any more."""
        if (key, start, days, stopped) not in self.dues:
            early, late, whole = start, start, days * 8 * HOUR
            while self.spent(key, start, late, stopped) < whole and late < self.rows.now + 40 * DAY:
                early, late = late, late + DAY
            while late - early > 1:
                middle = (early + late) // 2
                early, late = (middle, late) if self.spent(key, start, middle, stopped) < whole else (early, middle)
            self.dues[key, start, days, stopped] = late
        return self.dues[key, start, days, stopped]

    def answered_at(self, key):
        """When the author could first see a comment or an announced move by somebody in charge."""
        sub = self.rows.subs[key]
        moves = [d["closed_at"] for d in self.told.announced[key] if d["letter"] in ("R", "M")]
        said = [c["created_at"] for c in self.comments[key] if c["visibility"] == "PUBLIC" and c["author_id"] != sub["author_id"]
                and self.rights.holds(c["author_id"], "REVIEWER", sub["unit_id"])]
        return min(moves + said, default=None)

    def waits_for_decision_since(self, key):
        """When the round began that nobody has ended; none when it is decided."""
        since, phase = self.rows.subs[key]["created_at"], "SUBMITTED"
        for decision in self.rows.decisions[key]:
            to = decision["to_phase"]
            if to in PAUSING:
                continue
            if to in UNDECIDED:
                since = decision["decided_at"] if since is None else since
            else:
                since = None
            phase = to
        return since if phase in UNDECIDED else None

    def running(self, sub):
        """What runs, or would if it were not paused, with the instant at which its time is over."""
        key, found = sub["id"], {}
        if sub["phase"] == "WITHDRAWN":
            return found
        if self.answered_at(key) is None:
            found["FIRST_RESPONSE"] = self.due(key, sub["created_at"], 2)
        since = self.waits_for_decision_since(key)
        if since is not None:
            found["DECISION"] = self.due(key, since, 10)
        if sub["promised_on"] and sub["phase"] not in DONE + ("DECLINED", "MERGED"):
            found["PROMISED"] = self.time.end_of(datetime.date.fromisoformat(sub["promised_on"]))
        return found

    def rounds(self, key):
        """Begin and end of every time that somebody had to decide."""
        rounds, open_ = [[self.rows.subs[key]["created_at"], None]], True
        for decision in self.rows.decisions[key]:
            to = decision["to_phase"]
            if to in PAUSING:
                continue
            if to in UNDECIDED and not open_:
                rounds.append([decision["decided_at"], None])
            elif to not in UNDECIDED and open_:
                rounds[-1][1] = decision["decided_at"]
            open_ = to in UNDECIDED
        return rounds

    def of(self, sub):
        """All its clocks with their state, by kind and round."""
        key = sub["id"]
        withdrawn = next((row["decided_at"] for row in self.rows.decisions[key] if row["to_phase"] == "WITHDRAWN"), None)
        found = [("FIRST_RESPONSE", 1, sub["created_at"], 2, self.answered_at(key) or withdrawn)]
        found += [("DECISION", number, start, 10, end) for number, (start, end) in enumerate(self.rounds(key), 1)]
        shown = []
        for kind, number, start, days, end in found:
            due = self.due(key, start, days, end)
            state = "STOPPED" if end else "PAUSED" if self.paused(key) else "RUNNING"
            shown.append({"kind": kind, "round": number, "state": state, "dueAt": None if state == "PAUSED" else written(due), "stoppedAt": written(end),
                          "breached": due < end if end else due <= self.rows.now})
        return shown + ([self.promise(sub)] if sub["promised_on"] else [])

    def promise(self, sub):
        """The promised date; it stays while the others are paused, and ends when there is nothing left to do."""
        due, closed = self.time.end_of(datetime.date.fromisoformat(sub["promised_on"])), DONE + ("DECLINED", "MERGED", "WITHDRAWN")
        end = None
        for decision in self.rows.decisions[sub["id"]]:
            end = (end or decision["decided_at"]) if decision["to_phase"] in closed else None
        state = "STOPPED" if end else "PAUSED" if self.paused(sub["id"]) else "RUNNING"
        return {"kind": "PROMISED", "round": 1, "state": state, "dueAt": None if state == "PAUSED" else written(due), "stoppedAt": written(end),
                "breached": due < end if end else due <= self.rows.now}

    def paused(self, key):
        return self.told.shown[key] in PAUSING

    def next_due(self, sub):
        """The first of its clocks to run out; none while they are paused, or when none runs."""
        return None if self.paused(sub["id"]) else min(self.running(sub).values(), default=None)

    def overdue(self, sub):
        if self.paused(sub["id"]):
            return []
        return [kind for kind, due in self.running(sub).items() if due <= self.rows.now]

    def states(self, sub):
        """In which of the states of the queue's filter it is."""
        running = self.running(sub)
        if not running:
            return set()
        if self.paused(sub["id"]):
            return {"PAUSED"}
        late = [due for due in running.values() if due <= self.rows.now]
        soon = [due for due in running.values() if self.rows.now < due <= self.rows.now + DAY]
        return ({"BREACHED"} if late else {"RUNNING"}) | ({"DUE_SOON"} if soon else set())

    def shows(self, unit, days):
        """Whether figures of a unit tell of nobody: it is no group of fewer than five; nor, among those beside it,
        one of the smallest that are hidden together, until what is hidden could not be found by subtraction. What
        lies in the unit above itself stands beside them. So for all units above it too."""
        rows, size = self.rows, lambda at: self.coverage(at, days)["submissions"]
        if size(unit) < 5:
            return False
        while rows.units[unit]["parent_id"]:
            above = rows.units[unit]["parent_id"]
            beside = [row["id"] for row in rows.units.values() if row["parent_id"] == above]
            cells = [(size(at), at) for at in beside]
            cells.append((size(above) - sum(count for count, _ in cells), ""))
            hidden, count = set(), 0
            for number, at in sorted(cell for cell in cells if cell[0]):
                if number >= 5 and not 0 < count < 5:
                    break
                hidden.add(at)
                count += number
            if unit in hidden:
                return False
            unit = above
        return True

    def coverage(self, unit, days):
        if (unit, days) in self.covered:
            return self.covered[unit, days]
        first, counts = day_of(self.rows.now) - datetime.timedelta(days=days), [0, 0, 0, 0]
        for key, sub in self.rows.subs.items():
            if unit not in self.rows.above[sub["unit_id"]] or day_of(sub["created_at"]) < first:
                continue
            answered = self.answered_at(key)
            if answered is None and sub["phase"] == "WITHDRAWN":
                continue
            in_time = answered is not None and answered <= self.due(key, sub["created_at"], 2, answered)
            for place, fits in enumerate((True, answered is not None, in_time, "FIRST_RESPONSE" in self.overdue(sub))):
                counts[place] += fits
        self.covered[unit, days] = dict(zip(("submissions", "answered", "answeredInTime", "overdue"), counts))
        return self.covered[unit, days]
