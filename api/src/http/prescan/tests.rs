use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// The introspection query as `getIntrospectionQuery()` of graphql-js 16.15 prints it with its default options.
const INTROSPECTION: &str = include_str!("introspection.graphql");

fn check(query: &str) -> Result<Scanned, Refused> {
    scan(query, &Limits::default())
}

fn passes(query: &str) -> Operation {
    check(query).expect(query).operations.remove(0)
}

/// Refused with that code for the reason given, and quickly: the fastest of three runs, since tests share the machine.
fn refused(query: &str, code: RefusalCode, reason: &str) {
    let shown: String = query.chars().take(80).collect();
    let mut fastest = Duration::MAX;
    for _ in 0..3 {
        let begin = Instant::now();
        let refusal = check(query).expect_err(&shown);
        fastest = fastest.min(begin.elapsed());
        assert_eq!(refusal.code, code, "{shown}: {refusal}");
        assert!(refusal.message.contains(reason), "{shown}: {refusal}");
    }
    let most = Duration::from_millis(if cfg!(debug_assertions) { 100 } else { 10 });
    assert!(fastest < most, "{shown}: took {fastest:?}");
}

fn too_complex(query: &str, reason: &str) {
    refused(query, RefusalCode::TooComplex, reason);
}

fn unreadable(query: &str) {
    refused(query, RefusalCode::ParseFailed, "cannot be read");
}

#[test]
fn ordinary_documents_pass() {
    let query = "query Feed($n: Int! = 20, $after: [String!]) @live {
        ideas(first: $n, filter: {status: {in: [OPEN, \"x\"]}, n: -1.5e3}) @include(if: true) {
            nodes { id title author { name } ... on Idea { ref: reference } ...More }
            pageInfo { hasNextPage } totalCount
        }
    }
    fragment More on Idea @x(y: 1) { votes }";
    let operation = passes(query);
    assert_eq!(operation.name.as_deref(), Some("Feed"));
    assert_eq!(operation.kind, OperationKind::Query);
    assert_eq!(operation.root_fields, ["ideas"]);
    assert_eq!((operation.selections, operation.depth, operation.aliases), (13, 4, 1));
    // The root field 1, the connection 1, its page info 1, and 100 times an idea with its author.
    assert_eq!(operation.cost, 203);
    assert_eq!(operation.introspects, Introspects::No);
}

#[test]
fn a_page_costs_what_it_returns() {
    let cost = |query: &str| passes(query).cost;
    assert_eq!(cost("{a}"), 1);
    assert_eq!(cost("{a{b}}"), 2);
    assert_eq!(cost("{a{nodes{b}}}"), 2 + 25);
    assert_eq!(cost("{a(first:10){nodes{b}}}"), 2 + 10);
    assert_eq!(cost("{a(first:10,last:30){edges{node{b}}}}"), 2 + 60);
    assert_eq!(cost("{nodes(ids:[\"a\",\"b\",\"c\"]){id}}"), 1 + 3);
    assert_eq!(cost("{nodes(ids:$ids){id}}"), 1 + 100);
    assert_eq!(cost("{a(first:10){...F}} fragment F on X{nodes{...{b{c}}}}"), 2 + 20);
    // So many facts are judged for a page of the log, however short it is.
    assert_eq!(cost("{facts{nodes{b}}}"), 500 + 2 + 25);
    assert_eq!(cost("{facts(first:0){headCursor}}"), 500 + 2);
    assert_eq!(
        cost("{one:facts(first:1){nodes{b}} two:facts(first:1){nodes{b}}}"),
        2 * (500 + 2 + 1)
    );
    assert_eq!(cost("mutation{a{b}}"), 11);
    too_complex("{a(first:100){nodes{b(first:100){nodes{c}}}}}", "costs more than 5000");
    too_complex("{a(first:99999999999999999999999){nodes{c}}}", "costs more");
    let nested = "query($n:Int){a(first:$n){nodes{b(first:$n){nodes{c}}}}}";
    too_complex(nested, "costs more");
    let small = scan_with(nested, &Limits::default(), &|name| (name == "n").then_some(10))
        .expect("small pages");
    assert_eq!(small.operations[0].cost, 2 + 10 * (2 + 10));
}

#[test]
fn operations_are_told_apart() {
    let scanned = check("query A{a ...F} mutation B{b ...on M{c} c} subscription C{d} fragment F on Query{a x:e ...F2} fragment F2 on Query{f}")
        .expect("three operations");
    assert_eq!(scanned.operation(None), None);
    assert_eq!(scanned.operation(Some("D")), None);
    let found = |name| {
        scanned.operation(Some(name)).map(|one| (one.kind, one.root_fields.join(" "))).expect(name)
    };
    assert_eq!(found("A"), (OperationKind::Query, "a e f".to_owned()));
    assert_eq!(found("B"), (OperationKind::Mutation, "b c".to_owned()));
    assert_eq!(found("C"), (OperationKind::Subscription, "d".to_owned()));
    assert_eq!(
        check("{a}").expect("one").operation(None).map(|one| one.kind),
        Some(OperationKind::Query)
    );
}

#[test]
fn the_lexical_grammar_is_kept() {
    for good in [
        "\u{feff}{a}",
        "{a,,,b\u{feff},}",
        "# a { comment\n{a#}\r}",
        "{a(b:\"} \\\" \\u00e4 \\\\\")}",
        "{a(b:\"\"\"one \" two \"\" } \\\"\"\" \n three\"\"\")}",
        "{a(b:\"\" c:0 d:-0 e:1.0 f:1e5 g:-1.5E-3 h:null i:true j:RED k:[] l:{})}",
        "{query mutation fragment:on on}",
        "{a(b:\"ü — 漢字\")}",
        "{... on X{a} ...{b} ...@include(if:true){c} ...F} fragment F on X{a}",
    ] {
        passes(good);
    }
    for bad in [
        "",
        "   ",
        "#",
        "{",
        "}",
        "{}",
        "{a",
        "{a}}",
        "{a{}}",
        "(a)",
        "{a(}",
        "{a()}",
        "{a(b)}",
        "{a(b:)}",
        "{a:}",
        "a",
        "{1}",
        "{a(b:01)}",
        "{a(b:1x)}",
        "{a(b:1.)}",
        "{a(b:.5)}",
        "{a(b:1e)}",
        "{a(b:-)}",
        "{a(b:\"x)}",
        "{a(b:\"x\ny\")}",
        "{a(b:\"\\q\")}",
        "{a(b:\"\\u12\")}",
        "{a(b:\"\"\"x\"\")}",
        "{a(b:\"\u{0}\")}",
        "{a\u{0}}",
        "{a\u{a0}}",
        "{ä}",
        "{a(b:[1)]}",
        "{...}",
        "{..a}",
        "{...on}",
        "{...on X}",
        "{...F{a}} fragment F on X{a}",
        "{a} {b}",
        "query A{a} query A{a}",
        "query A{a} {a}",
        "mutationsignOut{a}",
        "fragment F on X{a}",
        "{...F} fragment F on X{a} fragment F on X{b}",
        "fragment on on X{a} {a}",
        "{... on#\nX{a}}",
        "{a} type X{a:Int}",
        "schema{query:Q}",
        "{a @}",
        "query($){a}",
        "query(){a}b",
        "{a(b:$)}",
        "&",
        "{a|b}",
        "{a=b}",
    ] {
        unreadable(bad);
    }
}

#[test]
fn a_refusal_tells_the_place_and_echoes_nothing() {
    let refusal = check("{\n  secretWord(é: ?)\n}").expect_err("no value");
    assert_eq!(
        refusal.message,
        "the document cannot be read: a character is not allowed here (line 2, column 14)"
    );
    assert_eq!(RefusalCode::ParseFailed.as_str(), "GRAPHQL_PARSE_FAILED");
    assert_eq!(RefusalCode::TooComplex.as_str(), "QUERY_TOO_COMPLEX");
}

#[test]
fn the_standard_introspection_query_passes() {
    let operation = passes(INTROSPECTION);
    assert_eq!((operation.depth, operation.introspects), (15, Introspects::Only));
    assert_eq!(operation.cost, 101);
    let and_more = INTROSPECTION.replacen("__schema {", "__typename viewer { id } __schema {", 1);
    too_complex(&and_more, "deeper than 12");
}

#[test]
fn introspection_does_not_go_in_circles() {
    let circle = |depth: usize| {
        format!(
            "{{__schema{{types{{{}name{}}}}}}}",
            "fields{type{".repeat(depth),
            "}}".repeat(depth)
        )
    };
    passes(&circle(1));
    for depth in [2, 5, 8] {
        too_complex(&circle(depth), "`fields` inside `fields`");
    }
    too_complex(
        "{__type(name:\"A\"){...T}} fragment T on __Type{fields{type{...U}}} fragment U on __Type{fields{name}}",
        "`fields`",
    );
    passes("{__schema{types{possibleTypes{interfaces{name}}}}}");
    too_complex(
        "{__schema{types{possibleTypes{interfaces{possibleTypes{name}}}}}}",
        "lists of types",
    );
    assert_eq!(passes("{viewer{id} __schema{types{name}}}").introspects, Introspects::Partly);
    // A field called `fields` elsewhere is nobody's business.
    passes("{form{fields{fields{fields{name}}}}}");
}

#[test]
fn one_session_mutation_a_document() {
    passes("mutation{signInByPassword(input:{a:1}){b}}");
    let reason = "only one mutation that signs in";
    too_complex("mutation{a:signInByPin{b} c:signInByPin{b}}", reason);
    too_complex("mutation{signInStart{b} signOut{b}}", reason);
    too_complex("mutation A{signInStart{b}} mutation B{sessionRefresh{b}}", reason);
    too_complex(
        "mutation{...F ...{signInByLink{b}}} fragment F on Mutation{signInComplete{b}}",
        reason,
    );
    too_complex(
        "mutation{...F ...G} fragment F on Mutation{...G} fragment G on Mutation{signOut{b}}",
        reason,
    );
    passes("{a{signOut signInStart} signOut signInStart}");
}

#[test]
fn each_limit_holds_at_its_edge() {
    let fields = |count: usize| (0..count).map(|n| format!("f{n} ")).collect::<String>();
    passes(&format!("{{{}}}", fields(500)));
    too_complex(&format!("{{{}}}", fields(501)), "more than 500 selections");
    let aliases = |count: usize| (0..count).map(|n| format!("a{n}:f ")).collect::<String>();
    passes(&format!("{{{}}}", aliases(30)));
    too_complex(&format!("{{{}}}", aliases(31)), "more than 30 aliases");
    too_complex(
        &format!("{{...F a{{...F}}}} fragment F on X{{{}}}", aliases(16)),
        "more than 30 aliases",
    );
    passes(&format!("mutation{{{}}}", fields(10)));
    too_complex(&format!("mutation{{{}}}", fields(11)), "more than 10 root fields");
    too_complex(
        &format!("mutation{{...F ...F}} fragment F on M{{{}}}", fields(6)),
        "more than 10 root fields",
    );
    let deep = |depth: usize| format!("{}a{}", "{a".repeat(depth - 1) + "{", "}".repeat(depth));
    passes(&deep(12));
    too_complex(&deep(13), "deeper than 12");
    too_complex(
        "{a{b{c{d{...F}}}}} fragment F on X{a{b{c{d{...G}}}}} fragment G on X{a{b{c{d{e}}}}}",
        "deeper than 12",
    );
    let list = |depth: usize| format!("{{a(b:{}{})}}", "[".repeat(depth), "]".repeat(depth));
    passes(&list(62));
    too_complex(&list(63), "nested deeper than 64");
    passes(&format!("{{a{}}}", "@x".repeat(10)));
    too_complex(&format!("{{a{}}}", "@x".repeat(11)), "more than 10 directives");
    too_complex(&format!("query{}{{a}}", "@x".repeat(11)), "more than 10 directives");
    too_complex(&format!("query($a:Int{}){{a}}", "@x".repeat(11)), "more than 10 directives");
    let tokens = |count: usize| format!("{{a(b:[{}])}}", "1 ".repeat(count - 9));
    assert_eq!(check(&tokens(4_000)).expect("4,000 tokens").tokens, 4_000);
    too_complex(&tokens(4_001), "more than 4000 tokens");
    let text = |bytes: usize| format!("{{a}}#{}", "x".repeat(bytes - 4));
    passes(&text(32 * 1024));
    too_complex(&text(32 * 1024 + 1), "longer than 32768 bytes");
}

#[test]
fn deep_nesting_is_refused() {
    for depth in [100, 1_000, 2_000, 10_000, 16_000, 50_000] {
        for (open, inside, close) in [("[", "1", "]"), ("{a:", "1", "}"), ("[{a:", "1", "}]")] {
            let (open, close) = (open.repeat(depth), close.repeat(depth));
            too_complex(&format!("{{x(f:{open}{inside}{close})}}"), "");
            too_complex(&format!("query($a:Int={open}{inside}{close}){{x}}"), "");
            too_complex(&format!("{{x(f:{open}"), "");
        }
        too_complex(&format!("query($a:{}Int{}){{x}}", "[".repeat(depth), "]".repeat(depth)), "");
        too_complex(&format!("{}a{}", "{a".repeat(depth) + "{", "}".repeat(depth + 1)), "");
        too_complex(&format!("{{{}a{}}}", "...{".repeat(depth), "}".repeat(depth)), "");
        too_complex(&"{a".repeat(depth), "");
        too_complex(&format!("{{a{}", "(b:".repeat(depth)), "");
    }
}

#[test]
fn fragments_that_multiply_are_refused() {
    for levels in 10..=40 {
        let mut query = "{...F0}".to_owned();
        for level in 0..levels {
            query += &format!("fragment F{level} on Query{{...F{0} ...F{0}}}", level + 1);
        }
        query += &format!("fragment F{levels} on Query{{a}}");
        too_complex(&query, "more than 500 selections");
        // The same with nobody using it.
        too_complex(&query.replacen("{...F0}", "{a}", 1), "more than 500 selections");
    }
    too_complex("{...A} fragment A on X{...A}", "circle");
    too_complex(
        "{a} fragment A on X{a{...B}} fragment B on X{...C} fragment C on X{...on Y{...A}}",
        "circle",
    );
    let ring: String =
        (0..99).map(|n| format!("fragment F{n} on X{{...F{}}}", (n + 1) % 99)).collect();
    too_complex(&format!("{{...F0}}{ring}"), "circle");
    passes("{...Missing}");
}

#[test]
fn thousands_of_anything_are_refused() {
    let many =
        |count: usize, each: &dyn Fn(usize) -> String| (0..count).map(each).collect::<String>();
    for count in [1_000, 3_000, 10_000] {
        too_complex(&format!("{{{}}}", many(count, &|n| format!("a{n}:f "))), "");
        too_complex(&format!("{{{}}}", many(count, &|_| "f ".to_owned())), "");
        too_complex(&format!("{{{}}}", many(count, &|_| "f{g}".to_owned())), "");
        too_complex(&format!("{{a{}}}", many(count, &|_| "@x".to_owned())), "");
        too_complex(&many(count, &|n| format!("query q{n}{{a}}")), "");
        too_complex(&format!("{{a}}{}", many(count, &|n| format!("fragment f{n} on X{{a}}"))), "");
        too_complex(&format!("{{{}}}", many(count, &|_| "...F ".to_owned())), "");
        too_complex(&format!("{{{}}}", many(count, &|_| "...{a}".to_owned())), "");
        too_complex(&format!("query({}){{a}}", many(count, &|n| format!("$v{n}:Int "))), "");
    }
    too_complex(
        &format!("{{a({})}}", many(1_400, &|n| format!("b{n}:1 "))),
        "more than 4000 tokens",
    );
    too_complex(&"x".repeat(5 * 1024 * 1024), "longer than 32768 bytes");
}

#[test]
fn the_worst_document_that_fits_is_read_quickly() {
    let limits = Limits::default();
    let per_fragment = "...F ".repeat(9);
    let wide: String =
        (0..90).map(|n| format!("fragment G{n} on X{{{per_fragment}{per_fragment}}}")).collect();
    for query in [
        format!("{{a}} fragment F on X{{a}}{wide}"),
        format!("{{{}}}", "f ".repeat(500)),
        " ".repeat(32_768),
        ",".repeat(32_768),
    ] {
        let begin = Instant::now();
        let _ = scan(&query, &limits);
        let most = Duration::from_millis(if cfg!(debug_assertions) { 100 } else { 10 });
        assert!(begin.elapsed() < most, "took {:?}", begin.elapsed());
    }
}

/// Text that looks like GraphQL without being it.
fn shreds() -> impl Strategy<Value = String> {
    let shred = prop::sample::select(vec![
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "...",
        "on",
        "fragment",
        "query",
        "mutation",
        "subscription",
        "a",
        "F",
        "G",
        "first",
        ":",
        "$",
        "@",
        "!",
        "=",
        "|",
        "&",
        "1",
        "-1.5",
        "99999999999999999999",
        "\"x\"",
        "\"",
        "\"\"\"",
        "\\",
        "#",
        "\n",
        ",",
        "\u{feff}",
        "nodes",
        "fields",
        "__schema",
        "signOut",
        "{a}",
        "{...F}",
        "fragment F on X",
        "(first:9)",
        "é",
        "\0",
    ]);
    prop::collection::vec(shred, 0..200).prop_map(|parts| parts.join(" "))
}

/// Documents with the right shape: operations and fragments that spread each other at random.
fn documents() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "a",
        "b:c",
        "nodes{d}",
        "e(first:3){nodes{f}}",
        "...F0",
        "...F1",
        "...F2",
        "...F3",
        "__typename",
    ]);
    let set =
        prop::collection::vec(leaf, 1..8).prop_map(|parts| format!("{{{}}}", parts.join(" ")));
    prop::collection::vec(set, 1..5).prop_map(|sets| {
        sets.iter()
            .enumerate()
            .map(
                |(n, set)| {
                    if n == 0 { set.clone() } else { format!("fragment F{} on X{set}", n - 1) }
                },
            )
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = check(&text);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..4_096)) {
        let _ = check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_shreds_make_it_panic_or_slow(text in shreds()) {
        let begin = Instant::now();
        let _ = check(&text);
        prop_assert!(begin.elapsed() < Duration::from_millis(250));
    }

    #[test]
    fn what_passes_is_within_the_limits(text in documents()) {
        let limits = Limits::default();
        if let Ok(scanned) = scan(&text, &limits) {
            for operation in scanned.operations {
                prop_assert!(operation.selections <= limits.selections);
                prop_assert!(operation.aliases <= limits.aliases);
                prop_assert!(operation.depth <= limits.depth);
                prop_assert!(operation.cost <= limits.cost);
            }
        }
    }

    #[test]
    fn every_cut_of_a_good_document_is_handled(cut in 0..2_000_usize) {
        let end = INTROSPECTION.len().min(cut);
        if let Some(text) = INTROSPECTION.get(..end) {
            let _ = check(text);
        }
    }
}
