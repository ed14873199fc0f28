use std::sync::Arc;

use async_trait::async_trait;
use ports::activities::{Activities, Activity, ActivityListing, CreatedActivity};
use ports::catalog::{Tags, Updated};
use ports::store_error::StoreError;
use rusqlite::{Connection, OptionalExtension, params};

use super::failure::Failure;
use super::{SqliteStore, limit};

const ADD: &str = "INSERT INTO activities (name, activity) VALUES (?1, ?2) ON CONFLICT DO NOTHING";

const SET: &str = "UPDATE activities SET activity = ?2 WHERE name = ?1";

const GET: &str = "SELECT activity FROM activities WHERE name = ?1";

const LIST: &str = "SELECT name, activity FROM activities WHERE name > ?1 ORDER BY name LIMIT ?2";

const DELETE: &str = "DELETE FROM activities WHERE name = ?1 RETURNING activity";

#[async_trait]
impl Activities for SqliteStore {
    async fn create(&self, activity: &Activity) -> Result<CreatedActivity, StoreError> {
        let activity = activity.clone();
        self.write(move |connection| {
            let row = params![activity.name, json(&activity)?];
            if connection.prepare_cached(ADD)?.execute(row)? == 1 {
                return Ok(CreatedActivity::Created);
            }
            let name = &activity.name;
            let existing = get(connection, name)?;
            existing
                .map(CreatedActivity::Exists)
                .ok_or_else(|| Failure::Unreadable(format!("activity `{name}` is there and not there")))
        })
        .await
    }

    async fn get(&self, name: &str) -> Result<Option<Arc<Activity>>, StoreError> {
        let name = name.to_owned();
        self.read(move |connection| get(connection, &name)).await
    }

    async fn list(&self, limit: usize, after: Option<&str>) -> Result<ActivityListing, StoreError> {
        // No name is empty.
        let after = after.unwrap_or_default().to_owned();
        self.read(move |connection| list(connection, limit, &after)).await
    }

    async fn delete(&self, name: &str) -> Result<Option<Arc<Activity>>, StoreError> {
        let name = name.to_owned();
        self.write(move |connection| {
            let removed: Option<String> =
                connection.prepare_cached(DELETE)?.query_row([&name], |row| row.get(0)).optional()?;
            removed.map(|json| read(&name, &json)).transpose()
        })
        .await
    }

    async fn set_tags(&self, name: &str, tags: &Tags, expected: &Tags) -> Result<Updated, StoreError> {
        let (name, tags, expected) = (name.to_owned(), tags.clone(), expected.clone());
        self.write(move |connection| {
            let Some(activity) = get(connection, &name)? else { return Ok(Updated::Gone) };
            if activity.tags != expected {
                return Ok(Updated::Changed);
            }
            let changed = Activity { tags: tags.clone(), ..(*activity).clone() };
            connection.prepare_cached(SET)?.execute(params![name, json(&changed)?])?;
            Ok(Updated::Updated)
        })
        .await
    }
}

fn get(connection: &Connection, name: &str) -> Result<Option<Arc<Activity>>, Failure> {
    let found: Option<String> = connection.prepare_cached(GET)?.query_row([name], |row| row.get(0)).optional()?;
    found.map(|json| read(name, &json)).transpose()
}

fn list(connection: &Connection, count: usize, after: &str) -> Result<ActivityListing, Failure> {
    let mut statement = connection.prepare_cached(LIST)?;
    // One more than asked for tells whether there are more.
    let found = statement.query_map(params![after, limit(count.saturating_add(1))], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    let mut activities = Vec::new();
    for columns in found {
        let (name, json) = columns?;
        activities.push(read(&name, &json)?);
    }
    let more = activities.len() > count;
    activities.truncate(count);
    Ok(ActivityListing { activities, more })
}

fn json(activity: &Activity) -> Result<String, Failure> {
    let json = serde_json::to_string(activity);
    json.map_err(|error| Failure::Refused(format!("activity `{}` is not encodable: {error}", activity.name)))
}

fn read(name: &str, json: &str) -> Result<Arc<Activity>, Failure> {
    let activity = serde_json::from_str(json);
    activity.map(Arc::new).map_err(|error| Failure::Unreadable(format!("activity `{name}`: {error}")))
}
