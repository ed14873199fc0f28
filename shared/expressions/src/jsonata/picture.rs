//! Pictures of `$toMillis`: what they leave out at the front is that of the present moment, which is the evaluation's and
//! not the process's. <https://docs.jsonata.org/date-time-functions#tomillis>

use crate::timestamp::format_epoch_milliseconds;
use std::collections::BTreeSet;

/// The text and its picture with what is missing at the front of both; `None` if nothing is.
pub(super) fn completed(text: &str, picture: &str, epoch_milliseconds: i64) -> Option<(String, String)> {
    let given = components(picture);
    let has = |component: char| given.contains(&component);
    // Years of weeks are not read at all.
    if "XxwW".contains(has) {
        return None;
    }
    let date = if has('d') && !has('M') && !has('D') { "Yd" } else { "YMD" };
    let time = if has('h') && !has('H') { "Phmsf" } else { "Hmsf" };
    let all = format!("{date}{time}");
    let first = all.find(has)?;
    let now = format_epoch_milliseconds(epoch_milliseconds);
    let (mut text_before, mut picture_before) = (String::new(), String::new());
    for component in all.get(..first)?.chars() {
        let (written, part) = written(component, &now)?;
        text_before.push_str(&format!("{part} "));
        picture_before.push_str(&format!("{written} "));
    }
    (first > 0).then(|| (text_before + text, picture_before + picture))
}

/// The letters after opening brackets; a doubled bracket stands for itself.
fn components(picture: &str) -> BTreeSet<char> {
    picture.replace("[[", "").split('[').skip(1).filter_map(|part| part.trim_start().chars().next()).collect()
}

/// How a component of `now`, a timestamp, is written, and what it is.
fn written(component: char, now: &str) -> Option<(&'static str, &str)> {
    Some(match component {
        'Y' => ("[Y0001]", now.get(..4)?),
        'M' => ("[M01]", now.get(5..7)?),
        'D' => ("[D01]", now.get(8..10)?),
        'H' => ("[H01]", now.get(11..13)?),
        'P' => ("[P]", if now.get(11..13)? < "12" { "am" } else { "pm" }),
        'm' => ("[m01]", now.get(14..16)?),
        's' => ("[s01]", now.get(17..19)?),
        _ => return None,
    })
}
