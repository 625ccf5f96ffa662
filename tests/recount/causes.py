"""Root causes: what stands behind them, who sees them, and the Pareto."""

import collections

from rules import DEAD

SMALL = 5
YES = ("ACCEPTED", "PLANNED", "IN_PROGRESS", "IMPLEMENTED", "SUSTAINED")


# One figure of a level: a bar, or with no cause what is linked to the parent itself.
Cell = collections.namedtuple("Cell", "value people cause")


class Causes:
    def __init__(self, rows, tellings, rights):
        self.rows, self.told, self.rights = rows, tellings, rights
        self.links = rows.all["cause_link"]
        self.of_sub = rows.of("cause_link", order=("created_at", "id"))
        self.held = {d["id"] for d in tellings.pending.values() if d}
        self.children = collections.defaultdict(list)
        for row in rows.causes.values():
            self.children[row["parent_id"]].append(row)

    def alive(self, cause):
        return self.rows.causes[cause]["status"] not in DEAD

    def below(self, cause):
        """The live causes at and below one; below a dead one others live on."""
        found, todo = set(), [cause]
        while todo:
            at = todo.pop()
            found |= {at} if self.alive(at) else set()
            todo.extend(child["id"] for child in self.children[at])
        return found

    def behind(self, causes, decided, counts=lambda sub: True, held=None):
        """Submissions behind causes: the whole group of whatever is linked, but for what was taken back. A link
        whose decision is held counts for reviewers alone, or as `held` says."""
        knows = held or (lambda sub: decided)
        roots = set()
        for link in self.links:
            sub = self.rows.subs[link["submission_id"]]
            if link["cause_id"] in causes and sub["phase"] != "WITHDRAWN" and (link["decision_id"] not in self.held or knows(sub)):
                roots.add(self.told.root[sub["id"]])
        members = {member for root in roots for member in self.told.group[root]}
        return {member for member in members if self.rows.subs[member]["phase"] != "WITHDRAWN" and counts(self.rows.subs[member])}

    def measured(self, behind, what):
        if what == "SUBMISSIONS":
            return len(behind)
        authors = [self.rows.subs[key]["author_id"] for key in behind]
        voters = {voter for key in behind for voter in self.rows.votes.get(key, ())}
        return len({author for author in authors if author} | voters) + authors.count(None)

    def figures(self, cause, decided):
        behind = self.behind(self.below(cause), decided)
        return {"reach": self.measured(behind, "REACH"), "submissionCount": len(behind)}

    def seen(self, person, cause):
        """All for reviewers; else what somebody answers for, what they may read of, and what five people said."""
        row = self.rows.causes[cause]
        if self.rights.anywhere(person, "REVIEWER") or row["owner_id"] == person:
            return True
        for link in self.links:
            sub = self.rows.subs[link["submission_id"]]
            if link["cause_id"] == cause and self.rights.reads(person, sub):
                if link["decision_id"] not in self.held or self.rights.works_on(person, sub):
                    return True
        return self.figures(cause, False)["reach"] >= SMALL

    def without_cause(self, decided, counts=lambda sub: True):
        """Observations that somebody said yes to, and of which nobody has said why, with all that is joined with them."""
        linked = {self.told.root[link["submission_id"]] for link in self.links if self.alive(link["cause_id"])
                  and (link["decision_id"] not in self.held or decided) and self.rows.subs[link["submission_id"]]["phase"] != "WITHDRAWN"}
        found = set()
        for key, sub in self.rows.subs.items():
            phase = sub["phase"] if decided else self.told.own[key]
            if sub["kind"] == "OBSERVATION" and phase in YES and self.told.root[key] not in linked:
                found.update(self.told.group[self.told.root[key]])
        return {key for key in found if self.rows.subs[key]["phase"] != "WITHDRAWN" and counts(self.rows.subs[key])}

    def pareto(self, person, parent, what, fits=None):
        """One level of the tree with all its fields. `fits` says which submissions count; then only what the
        asker may read does, and links that are held count where they are the asker's own work."""
        decided = self.rights.anywhere(person, "REVIEWER")
        counts, held = (lambda sub: True), None
        if fits:
            counts = lambda sub: fits(sub) and self.rights.reads(person, sub)
            held = lambda sub: self.rights.works_on(person, sub)
        count = lambda causes: self.behind(causes, decided, counts, held)
        level = [cause for cause in self.children[parent] if self.alive(cause["id"])]
        bars = [(cause, count(self.below(cause["id"]))) for cause in level]
        bars = [(cause, behind) for cause, behind in bars if behind]
        direct = count({parent}) if parent else None
        beside = self.without_cause(decided, counts)
        cells = [Cell(self.measured(behind, what), self.measured(behind, "REACH"), cause) for cause, behind in bars]
        if parent:
            cells.append(Cell(self.measured(direct, what), self.measured(direct, "REACH"), None))
        kept = cells if decided else self.kept_back(cells, bool(fits))
        told = decided or self.measured(beside, "REACH") >= SMALL and self.measured(beside, what) >= SMALL or not (beside or fits)
        direct = next((cell.value for cell in kept if cell.cause is None), None)
        hidden = sum(cell.cause is not None and cell not in kept for cell in cells)
        bars = [(cell.value, cell.cause) for cell in kept if cell.cause]
        bars.sort(key=lambda bar: (-bar[0], bar[1]["name"].casefold()))
        total, so_far, shown = sum(value for value, _ in bars), 0, []
        for value, cause in bars:
            so_far += value
            shown.append({"value": value, "share": value / total, "cumulativeShare": so_far / total, "cause": {"name": cause["name"]}})
        return {"sum": total, "direct": direct, "withoutCause": self.measured(beside, what) if told else None, "hiddenBars": 0 if fits else hidden, "bars": shown}

    @staticmethod
    def kept_back(cells, filtered):
        """Groups of fewer than five people, or of fewer than five of what is counted, are not shown. While what is
        kept back is one alone, or few when taken together, the next larger one goes too: with the whole known, it
        could be found by subtraction.
        Nothing is no group, but under a filter "none" is told no more than "few"."""
        small = [cell for cell in cells if min(cell.value, cell.people) < SMALL and (cell.value or filtered)]
        large = [cell for cell in cells if cell not in small]
        gone = [cell for cell in small if cell.value]
        few = lambda: sum(cell.value for cell in gone) < SMALL or sum(cell.people for cell in gone) < SMALL
        while gone and (len(gone) == 1 or few()) and any(cell.value for cell in large):
            rank = lambda cell: (cell.value, cell.cause is not None)
            least = min(rank(cell) for cell in large if cell.value)
            ties = [cell for cell in large if cell.value and rank(cell) == least]
            # Of equal ones the last in the order of the bars.
            gone.append(max(ties, key=lambda cell: cell.cause["name"].casefold() if cell.cause else ""))
            large.remove(gone[-1])
        return large
