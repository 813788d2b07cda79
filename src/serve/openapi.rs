//! The API, described for programs in OpenAPI 3.1
//! (<https://spec.openapis.org/oas/v3.1.1.html>): each call with the types that its
//! handler takes and gives. A test holds it against the routes and their answers.

use super::alerts::{AlertDetail, AlertPage, AlertQuery};
use super::deliveries::{Change, DeliveryPage, DeliveryQuery, Done};
use super::feeds::FeedRow;
use super::matching::{Matched, Text};
use super::problem::{self, Problem};
use super::silences::{ListQuery, NewSilence, SilenceRow};
use super::sinks::Tested;
use super::status::Status;
use super::watchlists::{DaysQuery, WatchlistDetail, WatchlistRow};
use super::{
    ALERTS, DELIVERIES, FEEDS, MATCH, METRICS, OPENAPI, RELOAD, RSS, ReloadQuery, Reloaded, SILENCES, STATUS, STREAM,
    WATCHLISTS, metrics, rss,
};
use axum::Json;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// `GET /api/v1/openapi.json`
pub(super) async fn get() -> Json<Value> {
    Json(document())
}

/// Where schemas of their own stand.
const SCHEMAS: &str = "/components/schemas";

fn document() -> Value {
    let mut api = Api {
        taken: SchemaSettings::draft2020_12().with(|it| it.definitions_path = SCHEMAS.into()).into_generator(),
        given: SchemaSettings::draft2020_12()
            .with(|it| it.definitions_path = SCHEMAS.into())
            .for_serialize()
            .into_generator(),
        paths: Map::new(),
    };
    api.problem();
    api.describe();
    let mut schemas = api.taken.take_definitions(true);
    schemas.extend(api.given.take_definitions(true));
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "newswatch",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Alerts on news. Errors are problems (RFC 9457).",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }],
        "paths": api.paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "The token of [listen]; without one, only this machine may call, and changes nothing.",
            } },
        },
    })
}

/// What is described so far.
struct Api {
    /// Makes the schemas of what is sent to us.
    taken: SchemaGenerator,
    /// Makes the schemas of what we send.
    given: SchemaGenerator,
    paths: Map<String, Value>,
}

/// One call while it is described.
struct Call<'a> {
    api: &'a mut Api,
    method: &'static str,
    path: String,
    operation: Map<String, Value>,
    responses: Map<String, Value>,
}

impl Api {
    fn describe(&mut self) {
        let ready = "It does its work; the text tells where the last reload failed and the configuration before serves";
        for (path, about) in [("/health/live", "It runs"), ("/health/ready", ready)] {
            self.call("get", path, about).refuses(&[421, 503]).open().gives("text/plain; charset=utf-8", None);
        }
        self.call("get", METRICS, "What is counted, as OpenMetrics").gives(metrics::CONTENT_TYPE, None);
        self.call("get", OPENAPI, "This document").json::<Map<String, Value>>();
        self.call("get", STATUS, "The daemon and its state in numbers").json::<Status>();
        self.call("get", ALERTS, "The alerts, newest first").query::<AlertQuery>().json::<AlertPage>();
        self.call("get", &format!("{ALERTS}/{{id}}"), "One alert: why it fired, who else carried it, where it went")
            .refuses(&[404])
            .json::<AlertDetail>();
        self.call("get", STREAM, "The alerts as they come, as Server-Sent Events; resumed with Last-Event-ID")
            .query::<AlertQuery>()
            .refuses(&[429])
            .gives("text/event-stream", None);
        self.call("get", RSS, "The alerts as an RSS feed").query::<AlertQuery>().gives(rss::CONTENT_TYPE, None);
        self.call("get", FEEDS, "Every feed with its health").json::<Vec<FeedRow>>();
        self.call("get", WATCHLISTS, "The watchlists with how often they fire")
            .query::<DaysQuery>()
            .json::<Vec<WatchlistRow>>();
        self.call("get", &format!("{WATCHLISTS}/{{name}}"), "One watchlist: its rules, terms and warnings")
            .query::<DaysQuery>()
            .refuses(&[404])
            .json::<WatchlistDetail>();
        self.call("post", MATCH, "What fires on a text, and why").takes::<Text>().refuses(&[404]).json::<Matched>();
        self.call("get", DELIVERIES, "What has not arrived, oldest first")
            .query::<DeliveryQuery>()
            .json::<DeliveryPage>();
        self.call("post", DELIVERIES, "Tries deliveries again, or gives them up")
            .changes()
            .takes::<Change>()
            .refuses(&[404])
            .json::<Done>();
        self.call("get", SILENCES, "The silences").query::<ListQuery>().json::<Vec<SilenceRow>>();
        self.call("post", SILENCES, "Adds a silence").changes().takes::<NewSilence>().json::<SilenceRow>();
        self.call("delete", &format!("{SILENCES}/{{id}}"), "Ends a silence")
            .changes()
            .refuses(&[400, 404])
            .json::<()>();
        self.call("post", RELOAD, "Reloads the configuration")
            .changes()
            .query::<ReloadQuery>()
            .refuses(&[409, 422, 503])
            .json::<Reloaded>();
        self.call("post", "/api/v1/sinks/{name}/test", "Sends a test alert to a sink")
            .changes()
            .refuses(&[404, 503])
            .json::<Tested>();
    }

    fn problem(&mut self) {
        self.given.subschema_for::<Problem>();
    }

    fn call(&mut self, method: &'static str, path: &str, about: &str) -> Call<'_> {
        let named = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        let parameters: Vec<Value> = named
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
            .collect();
        let mut operation = Map::new();
        operation.insert("summary".to_owned(), about.into());
        operation.insert("parameters".to_owned(), parameters.into());
        let call = Call { api: self, method, path: path.to_owned(), operation, responses: Map::new() };
        call.refuses(&[401, 421])
    }
}

impl Call<'_> {
    /// It needs no token.
    fn open(mut self) -> Self {
        self.responses.remove("401");
        self.operation.insert("security".to_owned(), json!([]));
        self
    }

    /// It changes something.
    fn changes(self) -> Self {
        self.refuses(&[403])
    }

    /// It may answer with problems of these statuses.
    fn refuses(mut self, statuses: &[u16]) -> Self {
        for status in statuses {
            let title = axum::http::StatusCode::from_u16(*status).ok().and_then(|status| status.canonical_reason());
            let schema = json!({ "$ref": format!("#{SCHEMAS}/Problem") });
            let content = json!({ problem::CONTENT_TYPE: { "schema": schema } });
            let response = json!({ "description": title.unwrap_or("Problem"), "content": content });
            self.responses.insert(status.to_string(), response);
        }
        self
    }

    /// Each member of a type is a parameter of its query.
    fn query<T: JsonSchema>(mut self) -> Self {
        let schema = T::json_schema(&mut self.api.taken).to_value();
        let members = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        if let Some(parameters) = self.operation.get_mut("parameters").and_then(Value::as_array_mut) {
            for (name, mut schema) in members {
                let about = schema.as_object_mut().and_then(|schema| schema.remove("description"));
                parameters.push(json!({ "name": name, "in": "query", "description": about, "schema": schema }));
            }
        }
        self.refuses(&[400])
    }

    /// It takes a JSON body.
    fn takes<T: JsonSchema>(mut self) -> Self {
        let schema = self.api.taken.subschema_for::<T>();
        let body = json!({ "required": true, "content": { "application/json": { "schema": schema } } });
        self.operation.insert("requestBody".to_owned(), body);
        self.refuses(&[400, 408, 413, 415, 422])
    }

    /// It answers with JSON.
    fn json<T: JsonSchema>(self) {
        let schema = self.api.given.subschema_for::<T>().to_value();
        self.gives("application/json", Some(schema));
    }

    /// It answers with something of this media type.
    fn gives(self, media: &str, schema: Option<Value>) {
        let Self { api, method, path, mut operation, mut responses } = self;
        let schema = schema.unwrap_or_else(|| json!({ "type": "string" }));
        responses.insert("200".to_owned(), json!({ "description": "OK", "content": { media: { "schema": schema } } }));
        responses.sort_keys();
        operation.insert("responses".to_owned(), responses.into());
        let operations = api.paths.entry(path).or_insert_with(|| json!({}));
        if let Some(operations) = operations.as_object_mut() {
            operations.insert(method.to_owned(), operation.into());
        }
    }
}
