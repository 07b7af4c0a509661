//! Changes the texts of events, to test what reports make of any texts.

use std::collections::HashSet;

use serde_json::Value;

use crate::Event;

/// Which of the strings in an event's JSON, names of members included, are texts: those that may be any other string.
pub(crate) fn texts(event: &Event) -> HashSet<usize> {
    let json = serde_json::to_value(event).expect("JSON");
    let mut count = 0;
    each_string(&mut json.clone(), &mut |_| count += 1);
    let is_text = |number: &usize| {
        let mut other = json.clone();
        change_strings(&mut other, &HashSet::from([*number]), &mut |text| text.push_str(" any"));
        serde_json::from_value::<Event>(other.clone())
            .is_ok_and(|event| serde_json::to_value(event).is_ok_and(|same| same == other))
    };
    (0..count).filter(is_text).collect()
}

/// The event with its texts, as [`texts`] gives them, changed.
pub(crate) fn with_texts(event: &Event, texts: &HashSet<usize>, change: &mut dyn FnMut(&mut String)) -> Event {
    let mut json = serde_json::to_value(event).expect("JSON");
    change_strings(&mut json, texts, change);
    serde_json::from_value(json).expect("only texts were changed")
}

fn change_strings(json: &mut Value, numbers: &HashSet<usize>, change: &mut dyn FnMut(&mut String)) {
    let mut number = 0;
    each_string(json, &mut |text| {
        if numbers.contains(&number) {
            change(text);
        }
        number += 1;
    });
}

fn each_string(json: &mut Value, visit: &mut dyn FnMut(&mut String)) {
    match json {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_string(item, visit)),
        Value::Object(members) => {
            for (mut name, mut value) in std::mem::take(members) {
                visit(&mut name);
                each_string(&mut value, visit);
                members.insert(name, value);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
