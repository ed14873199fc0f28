//! A state machine as of one revision, as attributes of an item, without the item's key:
//!
//! | attribute | |
//! |---|---|
//! | `n`, `r`, `ty`, `ro` | name, revision id, type, role |
//! | `ca`, `ua` | created and updated, in milliseconds |
//! | `o` | configurations and tags, as JSON |
//! | `d` | the definition, compressed; absent where it is too large for an item |
//! | `h`, `k` | then: its hash, and the number of its parts |
//! | `dl` | of the current revision: since when it is being deleted |

use ports::StoreError;
use ports::catalog::{StateMachine, Tags};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::machine_type;
use crate::hash;
use crate::item::{self, Item, bytes, number, text};
use crate::table::{Parts, Table, part_text};

/// What is left of an item's 400 KB for a definition, with tags and configurations at their largest.
const INLINE_DEFINITION_BYTES: usize = 250_000;

/// Far above the 1 MB that the API takes.
const MAX_DEFINITION_BYTES: usize = 16 * 1024 * 1024;
const LEVEL: i32 = 9;

/// Attributes that not every revision has.
pub const OPTIONAL: [&str; 3] = ["d", "h", "k"];

#[derive(Default, Serialize, Deserialize)]
struct Options {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    logging_configuration: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tracing_configuration: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encryption_configuration: Option<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Tags,
}

/// The attributes. Parts of the definition, where there are any, have been written.
pub async fn write(table: &Table, machine: &StateMachine) -> Result<Item, StoreError> {
    let mut item = item::item([
        ("n", text(&machine.name)),
        ("r", text(&machine.revision_id)),
        ("ty", text(machine.machine_type.as_str())),
        ("ro", text(&machine.role_arn)),
        ("ca", number(machine.created_at.as_millis())),
        ("ua", number(machine.updated_at.as_millis())),
        ("o", text(options(machine)?)),
    ]);
    let definition = compress(&machine.definition)?;
    if definition.len() <= INLINE_DEFINITION_BYTES {
        item.insert("d".into(), bytes(definition));
    } else {
        let hash = hash::hex(&definition);
        let count = parts(&machine.name, &hash).write(table, &definition, &Item::new()).await?;
        item.insert("h".into(), text(hash));
        item.insert("k".into(), number(count));
    }
    Ok(item)
}

pub async fn read(table: &Table, item: &Item) -> Result<StateMachine, StoreError> {
    let name = item::get_text(item, "n")?;
    let options = read_options(item)?;
    let of_parts;
    let compressed = match item::optional(item, "h", item::get_text)? {
        None => item::get_bytes(item, "d")?,
        Some(hash) => {
            of_parts = parts(name, hash).read(table, item::get_number(item, "k")?).await?;
            &of_parts
        }
    };
    Ok(StateMachine {
        name: name.to_owned(),
        revision_id: item::get_text(item, "r")?.to_owned(),
        machine_type: machine_type(item)?,
        definition: decompress(name, compressed)?,
        role_arn: item::get_text(item, "ro")?.to_owned(),
        created_at: item::get_time(item, "ca")?,
        updated_at: item::get_time(item, "ua")?,
        logging_configuration: options.logging_configuration,
        tracing_configuration: options.tracing_configuration,
        encryption_configuration: options.encryption_configuration,
        tags: options.tags,
        deleting_since: item::optional(item, "dl", item::get_time)?,
    })
}

/// The tags that the state machine was created with.
pub fn created_tags(item: &Item) -> Result<Tags, StoreError> {
    Ok(read_options(item)?.tags)
}

fn read_options(item: &Item) -> Result<Options, StoreError> {
    let json = item::get_text(item, "o")?;
    serde_json::from_str(json).map_err(|error| unreadable(item::get_text(item, "n").unwrap_or_default(), &error))
}

fn options(machine: &StateMachine) -> Result<String, StoreError> {
    let options = Options {
        logging_configuration: machine.logging_configuration.clone(),
        tracing_configuration: machine.tracing_configuration.clone(),
        encryption_configuration: machine.encryption_configuration.clone(),
        tags: machine.tags.clone(),
    };
    serde_json::to_string(&options).map_err(|error| StoreError::Refused(error.to_string()))
}

fn parts(name: &str, hash: &str) -> Parts {
    Parts { key_names: ("p", "s"), partition: format!("definition#{name}#{hash}"), sort_key: part_text }
}

fn compress(definition: &str) -> Result<Vec<u8>, StoreError> {
    zstd::bulk::compress(definition.as_bytes(), LEVEL).map_err(|error| StoreError::Refused(error.to_string()))
}

fn decompress(name: &str, compressed: &[u8]) -> Result<String, StoreError> {
    let size = zstd::zstd_safe::get_frame_content_size(compressed).ok().flatten();
    let size = size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size <= MAX_DEFINITION_BYTES);
    let size = size.ok_or_else(|| unreadable(name, &"of an unknown or an absurd size"))?;
    let text = zstd::bulk::decompress(compressed, size).map_err(|error| unreadable(name, &error))?;
    String::from_utf8(text).map_err(|error| unreadable(name, &error))
}

fn unreadable(name: &str, why: &dyn std::fmt::Display) -> StoreError {
    StoreError::Unreadable(format!("state machine `{name}`: {why}"))
}
