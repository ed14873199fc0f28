use super::*;
use serde_json::json;

fn store() -> Value {
    json!({
        "store": {
            "book": [
                {"category": "reference", "author": "Rees", "price": 8.95, "tags": ["a", "b"]},
                {"category": "fiction", "author": "Waugh", "price": 12.99, "isbn": "0-553"},
                {"category": "fiction", "author": "Tolkien", "price": 22.99, "isbn": null, "tags": []},
            ],
            "bicycle": {"color": "red", "price": 19.95},
        },
        "limit": 10,
        "foo bar": {"it's": 1, "x\\y": 2, "q\"": 3},
        "numbers": [5, 3, 8],
        "nothing": null,
    })
}

fn select(path: &str, root: &Value) -> Option<Value> {
    JsonPath::parse(path).unwrap().select(root).into_value().map(Cow::into_owned)
}

#[test]
fn definite_paths_name_one_value() {
    for (path, expected) in [
        ("$", Some(store())),
        ("$.limit", Some(json!(10))),
        ("$['limit']", Some(json!(10))),
        ("$[\"limit\"]", Some(json!(10))),
        ("$.store.book[0].author", Some(json!("Rees"))),
        ("$.store.['bicycle'].color", Some(json!("red"))),
        ("$.store.book[-1].author", Some(json!("Tolkien"))),
        ("$.store.book[ 1 ].author", Some(json!("Waugh"))),
        ("$['foo bar']['it\\'s']", Some(json!(1))),
        ("$['foo bar'][\"it's\"]", Some(json!(1))),
        ("$['foo bar']['x\\\\y']", Some(json!(2))),
        ("$['foo bar']['x\\y']", Some(json!(2))),
        ("$['foo bar']['q\"']", Some(json!(3))),
        ("$.nothing", Some(json!(null))),
        ("$.missing", None),
        ("$.missing.deeper", None),
        ("$.nothing.deeper", None),
        ("$.numbers[3]", None),
        ("$.numbers[-4]", None),
        ("$.numbers.a", None),
        ("$.limit[0]", None),
        ("$.store.bicycle['price','color','none']", Some(json!({"price": 19.95, "color": "red"}))),
        ("$.numbers.length()", Some(json!(3))),
        ("$.store.length()", Some(json!(2))),
        ("$.limit.length()", None),
        ("$.store['book','bicycle'].color", None),
        ("$.numbers.min()", Some(json!(3.0))),
        ("$.numbers.max()", Some(json!(8.0))),
        ("$.store.book[*].length()", Some(json!(3))),
        ("$..price.max()", Some(json!(22.99))),
        ("$.numbers.sum()", None),
        ("$.numbers.concat('a', (1))", None),
    ] {
        assert!(JsonPath::parse(path).unwrap().is_definite(), "{path}");
        assert_eq!(select(path, &store()), expected, "{path}");
    }
}

#[test]
fn indefinite_paths_select_lists() {
    for (path, expected) in [
        ("$.store.book[*].author", json!(["Rees", "Waugh", "Tolkien"])),
        ("$.store.book.*.author", json!(["Rees", "Waugh", "Tolkien"])),
        ("$.store.bicycle.*", json!(["red", 19.95])),
        ("$.numbers[0,2]", json!([5, 8])),
        ("$.numbers[0, 7]", json!([5])),
        ("$.numbers[1:]", json!([3, 8])),
        ("$.numbers[:2]", json!([5, 3])),
        ("$.numbers[1:2]", json!([3])),
        ("$.numbers[-2:]", json!([3, 8])),
        ("$.numbers[:-1]", json!([5, 3])),
        ("$.numbers[-9:9]", json!([5, 3, 8, 5, 3, 8])),
        ("$.numbers[-2:1]", json!([3, 8, 5])),
        ("$.numbers[1:-1]", json!([])),
        ("$.numbers[-9:]", json!([5, 3, 8])),
        ("$.numbers[:-9]", json!([])),
        ("$.numbers[0,0,9,-1]", json!([5, 5, 8])),
        ("$.numbers[2:1]", json!([])),
        ("$.numbers[0:3:2]", json!([5, 3, 8])),
        ("$.store.book[*].isbn", json!(["0-553", null])),
        (
            "$.store.book[*]['author','isbn']",
            json!([{"author": "Rees"}, {"author": "Waugh", "isbn": "0-553"}, {"author": "Tolkien", "isbn": null}]),
        ),
        ("$..author", json!(["Rees", "Waugh", "Tolkien"])),
        ("$..book[0].author", json!(["Rees"])),
        ("$..price", json!([8.95, 12.99, 22.99, 19.95])),
        ("$..['author','isbn']", json!([{"author": "Waugh", "isbn": "0-553"}, {"author": "Tolkien", "isbn": null}])),
        ("$.store.bicycle..*", json!(["red", 19.95])),
        ("$..[2]", json!([{"category": "fiction", "author": "Tolkien", "price": 22.99, "isbn": null, "tags": []}, 8])),
        ("$.item.items[*]", json!([])),
        ("$.item.items[1:5]", json!([])),
        ("$.limit[*]", json!([])),
        ("$.limit.*.x", json!([])),
        ("$.limit[?(@.a)]", json!([])),
        ("$.numbers[?(@ > 4)]", json!([])),
    ] {
        assert!(!JsonPath::parse(path).unwrap().is_definite(), "{path}");
        assert_eq!(select(path, &store()), Some(expected), "{path}");
    }
}

#[test]
fn filters_accept_elements() {
    for (filter, expected) in [
        ("@.category == 'fiction'", vec!["Waugh", "Tolkien"]),
        ("@.category === \"reference\"", vec!["Rees"]),
        ("@.category != 'fiction'", vec!["Rees"]),
        ("@.price<10", vec!["Rees"]),
        ("@.price >= 12.990", vec!["Waugh", "Tolkien"]),
        ("@.price > $.limit", vec!["Waugh", "Tolkien"]),
        ("10 > @.price", vec!["Rees"]),
        ("@.price == '8.95'", vec!["Rees"]),
        ("@.price === '8.95'", vec![]),
        ("@.price === 8.950", vec!["Rees"]),
        ("@.price !== '8.95'", vec!["Rees", "Waugh", "Tolkien"]),
        ("@.isbn", vec!["Waugh", "Tolkien"]),
        ("!@.isbn", vec!["Rees"]),
        ("@.isbn == null", vec!["Tolkien"]),
        ("@.isbn != null", vec!["Rees", "Waugh"]),
        ("@.isbn && @.price < 20", vec!["Waugh"]),
        ("@.price < 10 || @.isbn == null", vec!["Rees", "Tolkien"]),
        ("@.price < 10 || @.isbn && @.price > 20", vec!["Rees", "Tolkien"]),
        ("(@.price < 10 || @.isbn) && @.price > 20", vec!["Tolkien"]),
        ("!(@.price < 10 || @.price > 20)", vec!["Waugh"]),
        ("@.author in ['Rees', \"Tolkien\", 1]", vec!["Rees", "Tolkien"]),
        ("@.author nin ['Rees']", vec!["Waugh", "Tolkien"]),
        ("@.tags subsetof ['a','b','c']", vec!["Rees", "Tolkien"]),
        ("@.tags anyof ['b']", vec!["Rees"]),
        ("@.tags noneof ['b']", vec!["Tolkien"]),
        ("@.tags all ['a']", vec!["Rees"]),
        ("@.tags contains 'a'", vec!["Rees"]),
        ("@.author contains 'au'", vec!["Waugh"]),
        ("@.tags size 2", vec!["Rees"]),
        ("@.author size 5", vec!["Waugh"]),
        ("@.tags empty true", vec!["Tolkien"]),
        ("@.tags empty false", vec!["Rees"]),
        ("@.author =~ /.*ee.*/", vec!["Rees"]),
        ("@.author =~ /ee/", vec![]),
        ("@.author =~ /REES|waugh/i", vec!["Rees", "Waugh"]),
        ("@.isbn =~ /0-\\d+/", vec!["Waugh"]),
        ("@['author'] == 'Rees'", vec!["Rees"]),
        ("@.tags[0] == 'a'", vec!["Rees"]),
        ("@.tags.length() == 2", vec!["Rees"]),
        ("@.tags[*] == ['a', 'b']", vec!["Rees"]),
        ("@.author == $.store.book[1].author", vec!["Waugh"]),
        ("@.missing == @.other", vec![]),
        ("@.missing != @.other", vec!["Rees", "Waugh", "Tolkien"]),
        ("@.missing in [null]", vec![]),
        ("@.author < 'T'", vec!["Rees"]),
        ("@.author < '\\u0054'", vec!["Rees"]),
        ("'\\ud83d\\ude00' < '\u{ffff}'", vec!["Rees", "Waugh", "Tolkien"]),
        ("'\\b\\f\\'\\x' == \"\u{8}\u{c}'x\"", vec!["Rees", "Waugh", "Tolkien"]),
        ("@ == {'color': 'red'}", vec![]),
    ] {
        let path = format!("$.store.book[?({filter})].author");
        assert_eq!(select(&path, &store()), Some(json!(expected)), "{path}");
    }
}

#[test]
fn filters_on_objects_test_the_object_itself() {
    assert_eq!(select("$.store.bicycle[?(@.color == 'red')].price", &store()), Some(json!([19.95])));
    assert_eq!(select("$.store.bicycle[?(@.color == 'blue')]", &store()), Some(json!([])));
    assert_eq!(select("$..[?(@.price > 15)].price", &store()), Some(json!([22.99, 19.95])));
}

#[test]
fn bad_paths_are_refused_with_a_position() {
    for (path, position) in [
        ("", 0),
        ("a", 0),
        ("@.a", 0),
        ("$a", 1),
        ("$.", 2),
        ("$..", 3),
        ("$...a", 3),
        ("$.a b", 3),
        ("$.a.", 4),
        ("$[", 2),
        ("$[]", 2),
        ("$['a", 4),
        ("$['a'", 5),
        ("$['a',]", 7),
        ("$[a]", 2),
        ("$[1", 3),
        ("$[:]", 3),
        ("$[1,]", 4),
        ("$[99999999999]", 13),
        ("$[*", 3),
        ("$[?]", 3),
        ("$[?(@.a]", 7),
        ("$[?(@.a == )]", 11),
        ("$[?(@.a ~~ 1)]", 9),
        ("$[?('a')]", 7),
        ("$[?(@.a == '\\u12')]", 16),
        ("$[?(@.a == '\\ud800')]", 18),
        ("$[?(@.a =~ /[/)]", 14),
        ("$.length().a", 10),
        ("$.f(", 4),
    ] {
        let error = JsonPath::parse(path).unwrap_err();
        assert_eq!(error.position, position, "{path}: {error}");
    }
    let deep = format!("${}", "[?(@".repeat(500));
    assert_eq!(JsonPath::parse(&deep).unwrap_err().reason, "nested too deeply");
    let long = format!("${}", "[?(@.a)]".repeat(100_000));
    assert_eq!(JsonPath::parse(&long).unwrap_err().reason, "too many segments");
    let wide = format!("$[{}0]", "0,".repeat(1_000));
    assert_eq!(JsonPath::parse(&wide).unwrap_err().reason, "too many names or indexes");
}

#[test]
fn a_path_that_visits_far_too_much_finds_nothing() {
    let deep = (0..120).fold(json!({"text": "x".repeat(100_000)}), |value, _| json!({"a": value, "b": 1}));
    for path in ["$..*..*..*..*..*..*", "$..[?(@..*..*..*)]", "$..*..*..*.length()"] {
        let path = JsonPath::parse(path).unwrap();
        assert_eq!(path.select(&deep), Selection::One(None), "{path}");
        assert!(path.explain(&deep).is_some(), "{path}");
    }
    let doubled = format!("${}", "[0,0,-1]".repeat(60));
    let nested = (0..60).fold(json!(1), |value, _| json!([value]));
    assert_eq!(select(&doubled, &nested), None);
    let names = JsonPath::parse("$[*]['a','b'].c").unwrap();
    assert_eq!(names.select(&json!([1, {}])), Selection::One(None));
    assert_eq!(names.select(&json!([1, 2])), Selection::Many(vec![]));
    assert_eq!(select("$..a.b.length()", &deep), Some(json!(119)));
}

#[test]
fn what_is_not_found_is_explained_in_jayways_words() {
    for (path, kind, reason) in [
        ("$.no", NotFoundKind::MissingProperty, "No results for path: $['no']"),
        ("$.no.such", NotFoundKind::MissingProperty, "Missing property in path $['no']"),
        ("$.store.no.such[0]", NotFoundKind::MissingProperty, "Missing property in path $['store']['no']"),
        ("$.numbers[7]", NotFoundKind::IndexOutOfRange, "No results for path: $['numbers'][7]"),
        ("$.numbers[7].x", NotFoundKind::IndexOutOfRange, "No results for path: $['numbers'][7]['x']"),
        (
            "$['a', 'b'].x",
            NotFoundKind::NamesWithinPath,
            "Multi properties can only be used as path leafs: $['a', 'b']",
        ),
        (
            "$.store.*['a','b'].x",
            NotFoundKind::NamesWithinPath,
            "Multi properties can only be used as path leafs: $['store'][*]['a', 'b']",
        ),
        (
            "$.store[?(@['a','b'].c == 1)]",
            NotFoundKind::NamesWithinPath,
            "Multi properties can only be used as path leafs: $['store'][?]",
        ),
        ("$.numbers[0,1].sum()", NotFoundKind::Function, "No results for path: $['numbers'][0,1].function()"),
        ("$.limit.x", NotFoundKind::NotAnObject, "Property ['x'] not found in path $['limit']"),
        ("$.nothing[0]", NotFoundKind::NotAnArray, "The path $['nothing'] is null"),
        (
            "$.store.bicycle[0].x",
            NotFoundKind::NotAnArray,
            "Filter: [0]['x'] can only be applied to arrays. Current context is: {color=red, price=19.95}",
        ),
    ] {
        let not_found = JsonPath::parse(path).unwrap().explain(&store()).unwrap();
        assert_eq!((not_found.kind, not_found.reason.as_str()), (kind, reason), "{path}");
    }
    for path in [
        "$.limit",
        "$.none[*]",
        "$.numbers[0,1].max()",
        "$.store.book[*].length()",
        "$.store['a','b']",
        "$.numbers.length()",
    ] {
        assert_eq!(JsonPath::parse(path).unwrap().explain(&store()), None, "{path}");
    }
}
