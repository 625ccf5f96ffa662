//! Who may meet what: the sentences of docs/PRODUCT.md and of the schema's descriptions, over rows,
//! in plain Rust. Nothing of the server is called here, and nothing may be.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::rows::{About, Cause, Item, Link, Rows, Sub, Text};

/// From so many people on every employee sees a cause.
const SEEN_BY_ALL: usize = 5;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    Person(Uuid),
    /// An integration that holds the scope `content`.
    Reader(Uuid),
    /// An integration without it.
    Sender(Uuid),
}

impl Asker {
    /// The person, if it is one.
    pub fn person(self) -> Option<Uuid> {
        match self {
            Self::Person(id) => Some(id),
            Self::Reader(_) | Self::Sender(_) => None,
        }
    }
}

impl Rows {
    /// `unit` is `top`, or below it.
    pub fn within(&self, unit: Uuid, top: Uuid) -> bool {
        let mut at = Some(unit);
        while let Some(unit) = at {
            if unit == top {
                return true;
            }
            at = self.above[&unit];
        }
        false
    }

    /// "Own site" = nearest ancestor-or-self of kind SITE; a unit without one is its own site.
    fn site(&self, unit: Uuid) -> Uuid {
        let mut at = Some(unit);
        while let Some(above) = at {
            if self.sites.contains(&above) {
                return above;
            }
            at = self.above[&above];
        }
        unit
    }

    /// A role on a unit counts for the whole subtree.
    pub fn holds(&self, who: Asker, role: &str, unit: Uuid) -> bool {
        let whose = |it: &&super::rows::Grant| match who {
            Asker::Person(id) => it.person == Some(id),
            Asker::Reader(id) | Asker::Sender(id) => it.service == Some(id),
        };
        let mut held = self.grants.iter().filter(whose).filter(|it| it.role == role);
        held.any(|it| self.within(unit, it.unit))
    }

    /// The role on any unit.
    pub fn is_any(&self, who: Asker, role: &str) -> bool {
        self.above.keys().any(|unit| self.holds(who, role, *unit))
    }

    /// "Who reads a submission".
    pub fn reads(&self, who: Asker, sub: &Sub) -> bool {
        let open = sub.audience == "EVERYONE" && sub.phase != "WITHDRAWN";
        let me = match who {
            Asker::Sender(_) => return false,
            Asker::Reader(_) => {
                let within = self.holds(who, "INTEGRATION", sub.unit);
                return open && sub.hidden.is_none() && within;
            }
            Asker::Person(me) => me,
        };
        if sub.author == Some(me) {
            return true;
        }
        if sub.concerned == Some(me) {
            return false;
        }
        if self.reviews(who, sub) || self.has_in_hand(me, sub) {
            return true;
        }
        if !open {
            return false;
        }
        if self.holds(who, "MANAGER", sub.unit) {
            return true;
        }
        let moderates = self.holds(who, "MODERATOR", sub.unit);
        if sub.kind != "IDEA" {
            return moderates && self.reported.contains(&sub.id);
        }
        moderates || (sub.hidden.is_none() && self.reads_idea((who, me), sub))
    }

    /// "MODERATOR: ideas and reported items of the subtree"; reviewers see reports too. Never on an
    /// own one, nor where one is concerned.
    pub fn sees_to_reports(&self, who: Asker, sub: &Sub) -> bool {
        let Some(me) = who.person() else { return false };
        let open = sub.audience == "EVERYONE" && sub.phase != "WITHDRAWN";
        let item = sub.kind == "IDEA" || self.reported.contains(&sub.id);
        let moderates = open && item && self.holds(who, "MODERATOR", sub.unit);
        let stranger = sub.author != Some(me) && sub.concerned != Some(me);
        stranger && (moderates || self.reviews(who, sub))
    }

    fn reads_idea(&self, (who, me): (Asker, Uuid), sub: &Sub) -> bool {
        let home = self.homes[&me];
        let opened = sub.opened.is_some();
        let as_employee = match self.policy.as_str() {
            "EVERYONE" => true,
            "OWN_UNIT" => home == sub.unit,
            _ => opened || self.site(home) == self.site(sub.unit),
        };
        as_employee || (opened && self.holds(who, "EXECUTIVE", sub.unit))
    }

    /// Reviewer of its unit, or of the function that it was handed over to: "reading stays".
    fn reviews(&self, who: Asker, sub: &Sub) -> bool {
        let of = |unit| self.holds(who, "REVIEWER", unit);
        of(sub.unit) || sub.function.is_some_and(of)
    }

    fn has_in_hand(&self, me: Uuid, sub: &Sub) -> bool {
        sub.owner == Some(me) || sub.assignee == Some(me)
    }

    /// Reviewers, managers, owner and assignee "see the decided phase and internal comments"; on an
    /// own submission a reviewer is none.
    pub fn inside(&self, who: Asker, sub: &Sub) -> bool {
        let Some(me) = who.person() else { return false };
        let open = sub.audience == "EVERYONE" && sub.phase != "WITHDRAWN";
        let judges = sub.author != Some(me) && self.reviews(who, sub);
        let manages = open && self.holds(who, "MANAGER", sub.unit);
        self.reads(who, sub) && (judges || manages || self.has_in_hand(me, sub))
    }

    /// The canonical one, as announced.
    pub fn root(&self, sub: Uuid) -> Uuid {
        self.joined.get(&sub).map_or(sub, |into| self.root(*into))
    }

    /// All that is joined with it, itself too, as announced.
    pub fn group(&self, sub: Uuid) -> Vec<&Sub> {
        let root = self.root(sub);
        self.subs.values().filter(|it| self.root(it.id) == root).collect()
    }

    /// A link made by a decision that is still held shows only from its announcement.
    pub fn announced(&self, link: &Link) -> bool {
        let pending = self.subs[&link.sub].pending;
        link.decision.is_none() || link.decision != pending
    }

    fn below(&self, cause: &Cause, top: Uuid) -> bool {
        let up = |parent: Uuid| self.below(&self.causes[&parent], top);
        cause.id == top || cause.parent.is_some_and(up)
    }

    /// Reach, as announced: "distinct people who authored or me-too'd any submission linked to the
    /// cause or a live descendant, the whole merge group if any member is linked, plus one for each
    /// authorless submission". WITHDRAWN does not count, REJECTED causes do not.
    pub fn reach(&self, cause: Uuid) -> usize {
        let live = |it: &&Cause| !matches!(it.status.as_str(), "REJECTED" | "MERGED");
        let counted: BTreeSet<Uuid> = self
            .causes
            .values()
            .filter(live)
            .filter(|it| self.below(it, cause))
            .map(|it| it.id)
            .collect();
        let shown = self.links.values().filter(|it| counted.contains(&it.cause));
        let shown = shown.filter(|it| self.announced(it));
        let mut behind = BTreeSet::new();
        for link in shown.filter(|it| self.subs[&it.sub].phase != "WITHDRAWN") {
            for sub in self.group(link.sub).iter().filter(|it| it.phase != "WITHDRAWN") {
                behind.insert(sub.author.unwrap_or(sub.id));
                let voters = self.votes.iter().filter(|it| it.0 == sub.id);
                behind.extend(voters.map(|it| it.1));
            }
        }
        behind.len()
    }

    /// Reviewers, the cause's owner, who may read a linked submission, and every employee from five
    /// people on.
    pub fn sees(&self, who: Asker, id: Uuid) -> bool {
        if who.person().is_some() && self.is_any(who, "REVIEWER") {
            return true;
        }
        let cause = &self.causes[&id];
        let by_all = who.person().is_some() && self.reach(id) >= SEEN_BY_ALL;
        let linked = self.links.values().filter(|it| it.cause == id);
        let mut linked = linked.filter(|it| self.link_shows(who, it));
        by_all
            || self.answers_for(who, cause)
            || linked.any(|it| self.reads(who, &self.subs[&it.sub]))
    }

    fn link_shows(&self, who: Asker, link: &Link) -> bool {
        self.announced(link) || self.inside(who, &self.subs[&link.sub])
    }

    /// A person is owner by name, or leads the function that is.
    fn answers_for(&self, who: Asker, cause: &Cause) -> bool {
        let leads = |unit: Uuid| {
            let mut on = self.grants.iter().filter(|it| it.unit == unit && it.role == "MANAGER");
            on.any(|it| it.person.is_some() && it.person == who.person())
        };
        let named = cause.owner.is_some() && cause.owner == who.person();
        named || cause.owner_unit.is_some_and(leads)
    }

    /// A link: who reads its submission and sees its cause, once it shows.
    pub fn meets_link(&self, who: Asker, link: &Link) -> bool {
        self.reads(who, &self.subs[&link.sub]) && self.link_shows(who, link)
    }

    /// Who reads, or sees, what it is about.
    pub fn reads_about(&self, who: Asker, about: About) -> bool {
        match about {
            About::Sub(id) => self.reads(who, &self.subs[&id]),
            About::Cause(id) => self.sees(who, id),
            // "Where it is in use": for who reads the idea, once it works there.
            About::Adoption(id) => {
                let it = &self.adoptions[&id];
                it.state == "ADOPTED" && self.reads(who, &self.subs[&it.sub])
            }
        }
    }

    /// Those of the site: who leads or reviews it, and who took it up.
    fn is_of_site(&self, who: Asker, id: Uuid) -> bool {
        let it = &self.adoptions[&id];
        let here = ["REVIEWER", "MANAGER"].iter().any(|role| self.holds(who, role, it.site));
        here || (it.taken_by.is_some() && it.taken_by == who.person())
    }

    /// Those who may offer an idea to other sites: who works on it there, and executives over its unit.
    fn offers(&self, who: Asker, sub: &Sub) -> bool {
        let me = who.person();
        let recused = me.is_some() && sub.concerned == me && sub.author != me;
        let role = |role: &str, unit| self.holds(who, role, unit);
        let reviews =
            role("REVIEWER", sub.unit) || sub.function.is_some_and(|it| role("REVIEWER", it));
        let leads = role("MANAGER", sub.unit) && sub.audience == "EVERYONE";
        ((reviews || leads) && !recused) || role("EXECUTIVE", sub.unit)
    }

    /// An offer to a site: where it works, for who reads the idea; every other, for the two sides.
    pub fn meets_adoption(&self, who: Asker, id: Uuid) -> bool {
        let it = &self.adoptions[&id];
        let sub = &self.subs[&it.sub];
        let side = self.is_of_site(who, id) || self.offers(who, sub);
        self.reads(who, sub) && (it.state == "ADOPTED" || side)
    }

    /// Who may change a cause: reviewers, and who answers for it.
    pub fn changes_cause(&self, who: Asker, id: Uuid) -> bool {
        self.is_any(who, "REVIEWER") || self.answers_for(who, &self.causes[&id])
    }

    /// "Is it still fixed?": the author and who manages the unit answer; those at work on it look.
    pub fn answers_or_looks(&self, who: Asker, sub: &Sub) -> bool {
        let mine = sub.author.is_some() && sub.author == who.person();
        let answers = mine || self.holds(who, "MANAGER", sub.unit);
        self.reads(who, sub) && (answers || self.inside(who, sub))
    }

    /// The printed sheet: who leads the author's unit, of what they may read.
    pub fn prints(&self, who: Asker, sub: &Sub) -> bool {
        let home = sub.author.map(|author| self.homes[&author]);
        home.is_some_and(|home| self.holds(who, "MANAGER", home)) && self.reads(who, sub)
    }

    /// "For those who see the items of the plan": those who work on it, co-owners, and whoever has an
    /// item of it.
    pub fn works_on(&self, who: Asker, about: About) -> bool {
        let Some(me) = who.person() else { return false };
        let same = |it: About| match (it, about) {
            (About::Sub(one), About::Sub(other)) | (About::Cause(one), About::Cause(other)) => {
                one == other
            }
            _ => false,
        };
        if let About::Adoption(id) = about {
            return self.is_of_site(who, id)
                && self.reads(who, &self.subs[&self.adoptions[&id].sub]);
        }
        let mut items = self.items.values().filter(|it| same(it.about));
        let has_item = items.any(|it| {
            it.assignee == Some(me) || it.function.is_some_and(|unit| self.does_for(me, unit))
        });
        let own = match about {
            About::Sub(id) => {
                self.inside(who, &self.subs[&id]) || self.co_owners.contains(&(id, me))
            }
            About::Cause(id) => {
                self.is_any(who, "REVIEWER") || self.answers_for(who, &self.causes[&id])
            }
            About::Adoption(_) => false,
        };
        self.reads_about(who, about) && (own || has_item)
    }

    /// An outcome: all of them for those who see the items, confirmed ones for who reads.
    pub fn meets_outcome(&self, who: Asker, id: Uuid) -> bool {
        let (about, confirmed) = self.outcomes[&id];
        self.works_on(who, about) || (confirmed && self.reads_about(who, about))
    }

    /// What something is called in another system: for those who work on it; to staff it says nothing.
    pub fn meets_name_elsewhere(&self, who: Asker, id: Uuid) -> bool {
        match self.called[&id] {
            (Some(sub), _) => self.inside(who, &self.subs[&sub]),
            (None, Some(item)) => self.works_on(who, self.items[&item].about),
            (None, None) => false,
        }
    }

    /// A saved view: one's own and those shared with one.
    pub fn uses_view(&self, who: Asker, id: Uuid) -> bool {
        let view = &self.views[&id];
        let Some(me) = who.person() else { return false };
        let shared = match (view.sharing.as_str(), view.unit) {
            ("REVIEWERS", _) => true,
            ("UNIT", Some(unit)) => self.grants.iter().any(|it| {
                let near = self.within(it.unit, unit) || self.within(unit, it.unit);
                it.person == Some(me) && it.role == "REVIEWER" && near
            }),
            _ => false,
        };
        view.owner == me || (shared && self.is_any(who, "REVIEWER"))
    }

    /// Whether a text may reach somebody, by whatever way.
    pub fn meets(&self, who: Asker, text: Text) -> bool {
        let me = who.person();
        match text {
            Text::Words { sub, revision } => {
                let sub = &self.subs[&sub];
                let all = self.inside(who, sub) || (me.is_some() && sub.author == me);
                all || (sub.words == revision && self.reads(who, sub))
            }
            Text::File(sub) => self.reads(who, &self.subs[&sub]),
            Text::Comment(id) => self.meets_comment(who, id),
            Text::Response { sub, announced } => self.hears(who, &self.subs[&sub], announced),
            Text::Cause(id) => self.sees(who, id),
            Text::LinkNote(id) => self.inside(who, &self.subs[&self.links[&id].sub]),
            Text::EdgeNote(one, other) => self.sees(who, one) && self.sees(who, other),
            Text::Plan(about) => self.works_on(who, about),
            Text::Outcome(id) => self.meets_outcome(who, id),
            Text::Offer(id) => {
                let sub = &self.subs[&self.adoptions[&id].sub];
                self.reads(who, sub) && (self.is_of_site(who, id) || self.offers(who, sub))
            }
            Text::View(id) => self.uses_view(who, id),
            Text::Template => {
                ["REVIEWER", "MANAGER", "ADMIN", "AUDITOR"].iter().any(|it| self.is_any(who, it))
            }
            Text::News(id) => self.meets_news(who, id),
            Text::Moderation(sub) => {
                let sub = &self.subs[&sub];
                let moderates = self.holds(who, "MODERATOR", sub.unit) && self.reads(who, sub);
                self.inside(who, sub) || moderates
            }
            Text::Report(sub) => self.sees_to_reports(who, &self.subs[&sub]),
        }
    }

    /// An announcement: what is published for the people of its units, everything for reviewers over
    /// all of them.
    pub fn meets_news(&self, who: Asker, id: Uuid) -> bool {
        let Some(me) = who.person() else { return false };
        let (state, units) = &self.news[&id];
        let home = self.homes[&me];
        let meant = state == "PUBLISHED" && units.iter().any(|unit| self.within(home, *unit));
        meant || units.iter().all(|unit| self.holds(who, "REVIEWER", *unit))
    }

    /// Public ones for who reads, internal ones for those inside.
    pub fn meets_comment(&self, who: Asker, id: Uuid) -> bool {
        let (sub, public) = self.comments[&id];
        let sub = &self.subs[&sub];
        if public { self.reads(who, sub) } else { self.inside(who, sub) }
    }

    /// What an author is told: from its announcement for who reads it or a twin of it, and for authors
    /// and followers; "the person concerned, and on CX team only every non-reader, is told nothing".
    fn hears(&self, who: Asker, sub: &Sub, announced: bool) -> bool {
        if !announced {
            return self.inside(who, sub);
        }
        self.group(sub.id).iter().any(|it| {
            let follows = who.person().is_some_and(|me| self.follows.contains(&(it.id, me)));
            let told = it.audience == "EVERYONE" && it.concerned != who.person();
            self.reads(who, it) || (follows && told)
        })
    }

    /// All marked words that may reach somebody.
    pub fn open_to(&self, who: Asker) -> BTreeSet<String> {
        let may = |texts: &&Vec<Text>| texts.iter().any(|text| self.meets(who, *text));
        self.marks.iter().filter(|it| may(&it.1)).map(|it| it.0.clone()).collect()
    }

    /// What waits for a reviewer, in whatever phase: of their units, or handed over to their
    /// functions ("it leaves all lists but theirs"); neither own ones nor those that concern them.
    pub fn queues(&self, who: Asker, sub: &Sub) -> bool {
        let Some(me) = who.person() else { return false };
        let in_charge = sub.function.unwrap_or(sub.unit);
        let mine = sub.author == Some(me) || sub.concerned == Some(me);
        self.holds(who, "REVIEWER", in_charge) && !mine
    }

    /// Items that somebody has, of what they may read and what is not over.
    pub fn items_of(&self, who: Asker) -> BTreeSet<Uuid> {
        let Some(me) = who.person() else { return BTreeSet::new() };
        let mine = |it: &Item| {
            it.assignee == Some(me) || it.function.is_some_and(|unit| self.does_for(me, unit))
        };
        let goes_on = |about: About| match about {
            About::Sub(id) => {
                !matches!(self.subs[&id].shown.as_str(), "MERGED" | "WITHDRAWN" | "DECLINED")
            }
            About::Cause(_) | About::Adoption(_) => true,
        };
        let items = self.items.iter().filter(|it| mine(it.1) && goes_on(it.1.about));
        items.filter(|it| self.reads_about(who, it.1.about)).map(|it| *it.0).collect()
    }

    /// Reviewers and managers of a function, by a role on the function itself.
    fn does_for(&self, me: Uuid, unit: Uuid) -> bool {
        let mut on = self.grants.iter().filter(|it| it.unit == unit && it.person == Some(me));
        on.any(|it| matches!(it.role.as_str(), "REVIEWER" | "MANAGER"))
    }
}
