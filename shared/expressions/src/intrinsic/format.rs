//! `States.Format`.

use super::{Argument, Call, Function};
use crate::java_text::write_java_text;
use serde_json::Value;
use std::borrow::Cow;

enum Piece {
    Character(char),
    Placeholder,
}

/// `arguments` are those of the call as written, `values` what they evaluate to. The first is the template.
pub(super) fn format(arguments: &[Argument], values: &[Cow<'_, Value>]) -> Result<Value, String> {
    let (Some(written), Some((template, values))) = (arguments.first(), values.split_first()) else {
        return Err("Invalid arguments in States.Format".to_owned());
    };
    let pieces = match (written, template.as_ref()) {
        (Argument::Text { raw, .. }, _) => pieces(raw)?,
        (_, Value::String(template)) => pieces(template)?,
        _ => return Err(wrong_number_of_arguments()),
    };
    if pieces.iter().filter(|piece| matches!(piece, Piece::Placeholder)).count() != values.len() {
        return Err(wrong_number_of_arguments());
    }
    let mut values = arguments.iter().skip(1).zip(values);
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Character(character) => text.push(character),
            Piece::Placeholder => {
                if let Some((argument, value)) = values.next() {
                    write_value(argument, value, &mut text);
                }
            }
        }
    }
    Ok(Value::String(text))
}

/// Values look as Java shows them, but what `States.StringToJson` gives directly looks like JSON.
fn write_value(argument: &Argument, value: &Value, text: &mut String) {
    match argument {
        Argument::Call(Call { function: Function::StringToJson, .. }) => text.push_str(&value.to_string()),
        _ => write_java_text(value, text),
    }
}

fn wrong_number_of_arguments() -> String {
    "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.".to_owned()
}

fn pieces(template: &str) -> Result<Vec<Piece>, String> {
    let unmatched =
        |wanted, found| Err(format!("Invalid template in States.Format: matching '{wanted}' not found for '{found}'."));
    let mut pieces = Vec::new();
    let mut characters = template.chars().peekable();
    while let Some(character) = characters.next() {
        pieces.push(match character {
            '{' if characters.next_if_eq(&'}').is_some() => Piece::Placeholder,
            '{' => return unmatched('}', '{'),
            '}' => return unmatched('{', '}'),
            '\\' => {
                let escaped = characters.next_if(|next| matches!(next, '\'' | '\\' | '{' | '}'));
                Piece::Character(escaped.unwrap_or('\\'))
            }
            other => Piece::Character(other),
        });
    }
    Ok(pieces)
}
