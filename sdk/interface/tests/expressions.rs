//! The expression language: what it gives, what it refuses, and that it always ends.

use proptest::prelude::*;
use yinglian_interface::{
    Value,
    expression::{COST_MAX, Compiled, EvaluateError, Kind, Variables},
};

fn variables() -> Variables {
    let option = |kind| Kind::Option(Box::new(kind));
    let item = Kind::Record(vec![("n".into(), Kind::Integer), ("s".into(), Kind::Text)]);
    let object = Kind::Record(vec![
        ("n".into(), Kind::Integer),
        ("d".into(), Kind::Decimal),
        ("t".into(), Kind::Text),
        ("at".into(), Kind::Time),
        ("none".into(), option(Kind::Time)),
        ("some".into(), option(Kind::Time)),
        ("state".into(), Kind::Choice(vec!["open".into(), "closed".into()])),
        ("items".into(), Kind::List(Box::new(item), 100)),
        ("flag".into(), Kind::Bool),
        ("hash".into(), Kind::Bytes),
        ("names".into(), Kind::List(Box::new(Kind::Text), 10)),
    ]);
    Variables::new().with("object", object).with("n", Kind::Integer)
}

fn object() -> Value {
    let item = |n, s: &str| Value::Record(vec![Value::Integer(n), Value::Text(s.into())]);
    Value::Record(vec![
        Value::Integer(7),
        Value::Decimal { units: 1250, scale: 2 },
        Value::Text("中文abc".into()),
        Value::Time(86_400_000),
        Value::NONE,
        Value::some(Value::Time(90_000_000)),
        Value::Choice { case: 1, of: None },
        Value::List(vec![item(1, "a"), item(2, "b"), item(3, "c")]),
        Value::Bool(true),
        Value::Bytes(vec![1, 2, 3]),
        Value::List(vec![Value::Text("x".into()), Value::Text("y".into())]),
    ])
}

fn evaluate(source: &str) -> Result<Value, EvaluateError> {
    let compiled =
        Compiled::new(source, &variables()).unwrap_or_else(|fault| panic!("{source}: {fault}"));
    compiled.evaluate(&[&object(), &Value::Integer(5)])
}

#[test]
fn expressions_give_what_cel_gives() {
    let decimal = |units, scale| Value::Decimal { units, scale };
    let int = Value::Integer;
    for (source, value) in [
        ("1 + 2 * 3 - 4", int(3)),
        ("(1 + 2) * 3", int(9)),
        ("10 - 3 - 2", int(5)),
        ("7 / 2", int(3)),
        ("-7 / 2", int(-3)),
        ("-7 % 2", int(-1)),
        ("--3", int(3)),
        ("object.n + n", int(12)),
        ("true || false && false", Value::Bool(true)),
        ("!(1 < 2) || 2 >= 2 && 3 != 4", Value::Bool(true)),
        ("n > 3 ? 'yes' : 'no'", Value::Text("yes".into())),
        ("n < 3 ? 1 : n < 9 ? 2 : 3", int(2)),
        ("object.state == 'closed'", Value::Bool(true)),
        ("'open' != object.state", Value::Bool(true)),
        ("object.state in ['open', 'closed']", Value::Bool(true)),
        ("object.state in ['open']", Value::Bool(false)),
        ("object.t in ['a', '中文abc']", Value::Bool(true)),
        ("'y' in object.names && !('z' in object.names)", Value::Bool(true)),
        (
            "object.t.startsWith('中') && object.t.endsWith('bc') && object.t.contains('文a')",
            Value::Bool(true),
        ),
        ("size(object.t)", int(5)),
        ("object.items.size() + size(object.hash)", int(6)),
        ("object.items.all(i, i.n > 0 && i.s != object.t)", Value::Bool(true)),
        ("object.items.exists(i, i.n > 2)", Value::Bool(true)),
        // The outer item and the inner one are not taken for one another.
        ("object.names.all(i, object.names.exists(j, j != i))", Value::Bool(true)),
        ("object.items.exists(i, object.items.all(j, j.n <= i.n))", Value::Bool(true)),
        ("object.items.all(i, object.items.exists(j, j.n > i.n))", Value::Bool(false)),
        ("object.none == null && object.some != null", Value::Bool(true)),
        ("object.none.hasValue() || object.some.hasValue()", Value::Bool(true)),
        ("object.none.orValue(object.at) == object.at", Value::Bool(true)),
        ("object.some == object.at + hours(1)", Value::Bool(true)),
        ("object.some.orValue(object.at) - object.at", int(3_600_000)),
        ("object.at + days(1) - minutes(1) > object.at", Value::Bool(true)),
        ("object.d == decimal('12.5')", Value::Bool(true)),
        ("object.d > 12 && object.d < 13", Value::Bool(true)),
        ("object.d * 2 + 1", decimal(2600, 2)),
        ("object.d * object.d", decimal(1_562_500, 4)),
        ("ratio(1, 3, 4)", Value::some(decimal(3333, 4))),
        ("ratio(2, 3, 4)", Value::some(decimal(6667, 4))),
        ("ratio(-2, 3, 4)", Value::some(decimal(-6667, 4))),
        ("ratio(1, 8, 2)", Value::some(decimal(13, 2))),
        ("ratio(-1, 8, 2)", Value::some(decimal(-13, 2))),
        ("ratio(object.d, 5, 3)", Value::some(decimal(2500, 3))),
        ("ratio(1, 0, 4)", Value::NONE),
        ("ratio(1, 0, 4).orValue(decimal('0'))", decimal(0, 0)),
        ("round(decimal('2.345'), 2)", decimal(235, 2)),
        ("round(decimal('-2.345'), 2)", decimal(-235, 2)),
        ("round(decimal('2.344'), 2)", decimal(234, 2)),
        ("min(n, 3) + max(n, 9)", int(12)),
        ("\"it's\"", Value::Text("it's".into())),
    ] {
        assert_eq!(evaluate(source), Ok(value), "{source}");
    }
}

#[test]
fn what_has_no_result_says_so() {
    for source in ["n / 0", "n % (n - 5)", "object.items.exists(i, 1 / (i.n - 3) == 0)"] {
        assert_eq!(evaluate(source), Err(EvaluateError::DivideByZero), "{source}");
    }
    let large = "99999999999999999999999999999999999999";
    for source in [
        format!("{large} * 10"),
        format!("{large} + {large} + {large}"),
        "object.at - days(2)".into(),
        "object.at + days(100000000)".into(),
        format!("ratio({large}, 1, 9)"),
        "object.d * decimal('0.000000001') * decimal('0.000000001')".into(),
    ] {
        assert_eq!(evaluate(&source), Err(EvaluateError::Overflow), "{source}");
    }
    // The side that is not needed is not looked at.
    assert_eq!(evaluate("true || 1 / 0 == 1"), Ok(Value::Bool(true)));
    assert_eq!(evaluate("false ? 1 / 0 : 2"), Ok(Value::Integer(2)));
    // Values of other variables than were compiled for.
    let compiled = Compiled::new("n + 1", &variables()).unwrap();
    assert_eq!(compiled.evaluate(&[]), Err(EvaluateError::Mismatch));
    assert_eq!(compiled.evaluate(&[&object(), &object()]), Err(EvaluateError::Mismatch));
}

#[test]
fn what_is_no_expression_is_refused_where_it_fails() {
    for (source, at, problem) in [
        ("", 0, "too early"),
        ("1 +", 3, "too early"),
        ("1 2", 2, "over before"),
        ("(1", 2, "expected )"),
        ("1.5", 0, "decimal('1.50')"),
        ("1e3", 0, "whole"),
        ("01", 0, "leading zero"),
        ("'abc", 0, "closing quote"),
        ("'a\\n'", 0, "escapes"),
        ("a = b", 2, "no expression has"),
        ("nothing", 0, "there are object, n"),
        ("object.nothing", 7, "no field"),
        ("n.x", 2, "a record"),
        ("n && true", 0, "true or false"),
        ("n == 'a'", 2, "expected a whole number"),
        ("n < true", 2, "numbers or times"),
        ("object.state == 'shut'", 13, "none of open, closed"),
        ("object.state in ['shut']", 13, "none of"),
        ("n in [true]", 2, "list of what"),
        ("[]", 0, "empty list"),
        ("[1, true]", 4, "whole number"),
        ("object.d / 2", 9, "ratio"),
        ("object.at + object.at", 10, "numbers"),
        ("object.none + 1", 12, "numbers"),
        ("n.hasValue()", 2, "an option"),
        ("null", 0, "null alone"),
        ("null == null", 5, "expected null"),
        ("n ? 1 : 2", 0, "true or false"),
        ("true ? 1 : 'a'", 0, "whole number"),
        ("ratio(1, 2, n)", 0, "no function"),
        ("ratio(1, 2, 10)", 12, "0 to 9"),
        ("decimal('1.')", 8, "written like"),
        ("decimal(n)", 0, "no function"),
        ("matches(object.t, 'a')", 0, "no function"),
        ("object.items.map(i, i.n)", 13, "no function"),
        ("object.items.all(1, true)", 17, "a name"),
        ("now()", 0, "no function"),
        ("in", 0, "expected a value"),
    ] {
        let fault = Compiled::new(source, &variables()).unwrap_err();
        assert!(fault.at == at && fault.problem.contains(problem), "{source}: {fault}");
    }
}

#[test]
fn depth_length_and_cost_are_bounded() {
    let refused = |source: String| Compiled::new(&source, &variables()).unwrap_err().problem;
    assert!(refused(format!("{}1{}", "(".repeat(40), ")".repeat(40))).contains("32 deep"));
    assert!(refused("!".repeat(1000)).contains("32 deep"));
    assert!(refused(format!("{}1", "1 + ".repeat(200))).contains("256 parts"));
    assert!(refused(format!("'{}'", "a".repeat(1024))).contains("1024 bytes"));
    // 100 items each time: three folds are a million steps.
    let fold = |inner: &str| format!("object.items.all(i, {inner})");
    assert!(Compiled::new(&fold(&fold("true")), &variables()).is_ok());
    assert!(refused(fold(&fold(&fold("i.n > 0")))).contains("costs too much"));
    let compiled = Compiled::new(&fold(&fold("i.n > 0")), &variables()).unwrap();
    assert!(compiled.cost() >= 10_000 && compiled.cost() <= COST_MAX);
}

#[test]
fn a_result_can_be_asked_for_by_kind() {
    let choice = Kind::Choice(vec!["open".into(), "closed".into()]);
    let of = |source: &str, kind: &Kind| {
        let compiled = Compiled::of_kind(source, &variables(), kind)?;
        Ok(compiled.evaluate(&[&object(), &Value::Integer(5)]).unwrap())
    };
    let optional = Kind::Option(Box::new(choice.clone()));
    let closed = Value::Choice { case: 1, of: None };
    assert_eq!(
        of("'closed'", &choice),
        Ok::<_, yinglian_interface::expression::Fault>(closed.clone())
    );
    assert_eq!(of("n > 9 ? 'open' : 'closed'", &choice), Ok(closed.clone()));
    assert_eq!(of("object.state", &optional), Ok(Value::some(closed.clone())));
    assert_eq!(of("'closed'", &optional), Ok(Value::some(closed)));
    assert_eq!(of("null", &optional), Ok(Value::NONE));
    assert!(of("'shut'", &choice).is_err());
    assert!(of("n", &choice).is_err());
    assert!(of("null", &choice).is_err());
    let read = Compiled::new("object.items.all(i, i.n == object.n)", &variables()).unwrap();
    let read: Vec<String> = read.reads(&variables(), "object").into_iter().collect();
    assert_eq!(read, ["items", "n"]);
}

/// Pieces of expressions, so that a good part of random text is one.
const PIECES: [&str; 34] = [
    "object",
    ".n",
    ".d",
    ".t",
    ".at",
    ".none",
    ".some",
    ".state",
    ".items",
    ".flag",
    " n ",
    "1",
    "7",
    "'open'",
    "'a'",
    " + ",
    " - ",
    " * ",
    " / ",
    " % ",
    " == ",
    " != ",
    " < ",
    " >= ",
    " && ",
    " || ",
    "!",
    "(",
    ")",
    " ? ",
    " : ",
    ".hasValue()",
    ".orValue(object.at)",
    ".all(i, i.n > n)",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn pieces_in_any_order_never_panic_and_what_compiles_has_its_kind(
        pieces in proptest::collection::vec(0_usize..PIECES.len(), 1..14),
    ) {
        let source: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        if let Ok(compiled) = Compiled::new(&source, &variables()) {
            let result = compiled.evaluate(&[&object(), &Value::Integer(5)]);
            // What was compiled never meets a value of another kind.
            prop_assert_ne!(&result, &Err(EvaluateError::Mismatch), "{}", source);
            prop_assert_eq!(result, compiled.evaluate(&[&object(), &Value::Integer(5)]));
        }
    }

    #[test]
    fn arbitrary_text_never_panics(source in "\\PC{0,60}") {
        let _ = Compiled::new(&source, &variables());
    }

    /// The ratio is the nearest decimal: at most half a unit away, and away from zero when it is exactly half.
    #[test]
    fn a_ratio_is_rounded_half_away_from_zero(top in -1_000_000_i64..1_000_000, bottom in 1_i64..10_000, digits in 0_u8..=4) {
        let source = format!("ratio({}{}, {bottom}, {digits})", if top < 0 { "-" } else { "" }, top.abs());
        let Ok(Value::Option(Some(ratio))) = evaluate(&source) else { panic!("{source}") };
        let Value::Decimal { units, scale } = *ratio else { panic!("{source}") };
        prop_assert_eq!(scale, digits);
        let exact = i128::from(top) * 10_i128.pow(digits.into());
        let distance = 2 * (units * i128::from(bottom) - exact).abs();
        prop_assert!(distance < i128::from(bottom) || (distance == i128::from(bottom) && units.abs() * i128::from(bottom) > exact.abs()));
    }
}
