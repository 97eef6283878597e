//! Every kind of field, read and written.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn field(schema: &Value, allowed: &Value) -> CreateField {
    let raw = json!({"fieldId": "customfield_1", "name": "Field", "required": true,
                     "schema": schema, "allowedValues": allowed});
    serde_json::from_value::<RawField>(raw)
        .expect("a field")
        .into_field()
}

fn custom(kind: &str, items: &str, plugin: &str) -> Value {
    json!({"type": kind, "items": items, "custom": format!("com.atlassian.jira.plugin.system.customfieldtypes:{plugin}")})
}

fn plain(kind: &str, plugin: &str) -> CreateField {
    field(&custom(kind, "", plugin), &Value::Null)
}

fn sent(field: &CreateField, texts: &[&str]) -> Result<Value, Wrong> {
    let given = field.read(texts)?.expect("a value");
    let again: Vec<String> = given.texts();
    let again: Vec<&str> = again.iter().map(String::as_str).collect();
    assert_eq!(
        field.read(&again).expect("a shown value is a good one"),
        Some(given.clone()),
        "a form that is filled in gives the same again"
    );
    let kept = serde_json::to_string(&given).expect("JSON");
    assert_eq!(
        serde_json::from_str::<Given>(&kept).expect("JSON"),
        given,
        "keeping changes nothing"
    );
    Ok(given.as_value())
}

#[test]
fn every_kind_is_sent_as_jira_wants_it() {
    let options = json!([{"id": "10", "value": "North", "children": [{"id": 11, "value": "Oslo"}]},
                         {"id": "12", "value": "South"}, {"id": "13", "value": "Old", "disabled": true}]);
    let choice =
        |kind: &str, items: &str, plugin: &str| field(&custom(kind, items, plugin), &options);
    for (field, texts, wanted) in [
        (
            plain("string", "textfield"),
            &["  a\u{0}b\tc "][..],
            json!("ab c"),
        ),
        (
            plain("string", "url"),
            &["https://a.example/x"],
            json!("https://a.example/x"),
        ),
        (plain("number", "float"), &["3.5"], json!(3.5)),
        (plain("number", "float"), &["-12"], json!(-12)),
        (
            plain("date", "datepicker"),
            &["2026-02-28"],
            json!("2026-02-28"),
        ),
        (
            plain("datetime", "datetime"),
            &["2026-11-23T15:04"],
            json!("2026-11-23T15:04:00.000+0000"),
        ),
        (
            plain("datetime", "datetime"),
            &["2026-11-23T15:04:00+02:00"],
            json!("2026-11-23T13:04:00.000+0000"),
        ),
        (choice("option", "", "select"), &["10"], json!({"id": "10"})),
        (
            choice("array", "option", "multicheckboxes"),
            &["10", "12", "10"],
            json!([{"id": "10"}, {"id": "12"}]),
        ),
        (
            choice("option-with-child", "", "cascadingselect"),
            &["10/11"],
            json!({"id": "10", "child": {"id": "11"}}),
        ),
        (
            choice("option-with-child", "", "cascadingselect"),
            &["12"],
            json!({"id": "12"}),
        ),
        (
            plain_labels(),
            &["ui, dark ui", "x"],
            json!(["ui", "dark", "x"]),
        ),
        (
            field(&json!({"type": "priority", "system": "priority"}), &options),
            &["12"],
            json!({"id": "12"}),
        ),
        (
            field(
                &json!({"type": "array", "items": "component", "system": "components"}),
                &options,
            ),
            &["12"],
            json!([{"id": "12"}]),
        ),
        (
            field(&custom("project", "", "project"), &options),
            &["10"],
            json!({"id": "10"}),
        ),
    ] {
        assert_eq!(sent(&field, texts), Ok(wanted), "{field:?} {texts:?}");
    }
    let text = sent(&plain("string", "textarea"), &["**a**\n\nb"]).expect("a text");
    assert_eq!(text["type"], "doc");
    assert_eq!(text["content"][1]["content"][0]["text"], "b");
}

fn plain_labels() -> CreateField {
    field(
        &json!({"type": "array", "items": "string", "system": "labels"}),
        &Value::Null,
    )
}

#[test]
fn what_does_not_fit_is_refused_before_jira_sees_it() {
    let options =
        json!([{"id": "10", "value": "North"}, {"id": "13", "value": "Old", "archived": true}]);
    let select = field(&custom("option", "", "select"), &options);
    let cascade = field(
        &custom("option-with-child", "", "cascadingselect"),
        &options,
    );
    for (field, text, wrong) in [
        (
            plain("string", "textfield"),
            "x".repeat(256),
            Wrong::TooLong(255),
        ),
        (
            plain("string", "textarea"),
            "x".repeat(32_768),
            Wrong::TooLong(32_767),
        ),
        (
            plain("string", "url"),
            "javascript:alert(1)".into(),
            Wrong::NotAnAddress,
        ),
        (
            plain("string", "url"),
            "no address".into(),
            Wrong::NotAnAddress,
        ),
        (plain("number", "float"), "many".into(), Wrong::NotANumber),
        (plain("number", "float"), "NaN".into(), Wrong::NotANumber),
        (plain("number", "float"), "1e15".into(), Wrong::NotANumber),
        (
            plain("date", "datepicker"),
            "2026-02-30".into(),
            Wrong::NotADate,
        ),
        (
            plain("datetime", "datetime"),
            "tomorrow".into(),
            Wrong::NotAMoment,
        ),
        (select.clone(), "11".into(), Wrong::NotAnOption),
        (select, "13".into(), Wrong::NotAnOption),
        (cascade, "10/99".into(), Wrong::NotAnOption),
        (
            plain("user", "userpicker"),
            "712020:x".into(),
            Wrong::NotSupported,
        ),
    ] {
        assert_eq!(field.read(&[&text]), Err(wrong), "{field:?}");
    }
    assert_eq!(plain("number", "float").read(&[" ", ""]), Ok(None));
}

#[test]
fn a_field_that_names_people_is_not_filled_and_not_read() {
    let people = json!([{"id": "712020:abc", "name": "Zoe Zebra"}]);
    for (schema, why) in [
        (custom("user", "", "userpicker"), Unsupported::Person),
        (custom("array", "user", "people"), Unsupported::Person),
        (custom("group", "", "grouppicker"), Unsupported::Group),
        (custom("team", "", "atlassian-team"), Unsupported::Team),
        (
            json!({"type": "array", "items": "attachment", "system": "attachment"}),
            Unsupported::Attachment,
        ),
        (
            json!({"type": "issuelink", "system": "parent"}),
            Unsupported::Issue,
        ),
        (
            json!({"type": "any", "custom": "com.example.plugin:thing"}),
            Unsupported::Unknown,
        ),
        (
            json!({"type": "string", "custom": "com.example.plugin:text"}),
            Unsupported::Unknown,
        ),
        (custom("option", "", "select"), Unsupported::Empty),
    ] {
        let none = json!([]);
        let allowed = if why == Unsupported::Empty {
            &none
        } else {
            &people
        };
        let field = field(&schema, allowed);
        assert_eq!(field.unsupported(), Some(why), "{schema}");
        assert!(field.options.is_empty() && !format!("{field:?}").contains("Zebra"));
    }
}

proptest! {
    #[test]
    fn whatever_is_typed_is_refused_or_reads_the_same_again(text in any::<String>()) {
        for (kind, plugin) in [("string", "textfield"), ("string", "url"), ("number", "float"),
                               ("date", "datepicker"), ("datetime", "datetime")] {
            let field = plain(kind, plugin);
            if let Ok(Some(given)) = field.read(&[&text]) {
                let again = given.texts();
                prop_assert_eq!(field.read(&[again[0].as_str()]).expect("good").map(|g| g.texts()), Some(again.clone()));
                prop_assert!(!given.as_value().is_null());
            }
        }
    }
}
