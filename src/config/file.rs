//! What a configuration file says: every section and key of it, with its
//! documentation and default. What it comes to is `compile`'s.

use super::credentials::{Origin, RequiredSource, Sourced, SourcedList};
use super::section::{FromToml, Key, Keys, Named, Reader, Required, SectionSchema, in_order, section};
use super::value::{Address, Chat, Count, FilePath, Name, PlainPath, Positive, Share, Size, Span};
use crate::engine::FirstPoll;
use crate::sink::file::When;
use crate::sink::preset::Kind;
use crate::sink::stdout::Format;
use crate::watchlist::definition::{At, Severity};
use schemars::{Schema, SchemaGenerator, json_schema};
use toml::Spanned;
use toml::de::DeValue;

section! {
    /// A configuration of newswatch: feeds, sinks and settings. `newswatch.toml` and the files
    /// that it includes have the same keys.
    Root {
        /// Where the state is kept. Default: $STATE_DIRECTORY, else $XDG_STATE_HOME/newswatch,
        /// else ~/.local/state/newswatch.
        state_dir: Option<At<FilePath>>,
        /// Further files, as patterns relative to this file: configuration, watchlists and OPML.
        /// Only the first file can include others.
        include: Option<At<Vec<At<String>>>>,
        /// Whether a changed file reloads the configuration; SIGHUP always does.
        watch_config: Option<At<bool>>,
        /// When and how feeds are polled.
        poll: Option<At<Poll>>,
        /// The feeds.
        feed: Vec<Feed>,
        /// When two items are the same news.
        stories: Option<At<Stories>>,
        /// How long things are kept.
        retention: Option<At<Retention>>,
        /// A URL that is called while all is well.
        heartbeat: Option<At<Heartbeat>>,
        /// The HTTP listener; none where absent.
        listen: Option<At<Listen>>,
        /// Sinks that write to standard output.
        stdout: Named<Stdout>,
        /// Sinks that append to a file.
        file: Named<File>,
        /// Sinks that send to a URL.
        webhook: Named<Webhook>,
    }
}

section! {
    /// When and how feeds are polled.
    Poll {
        /// The usual gap between two polls of a feed; it is then adapted to how often the feed
        /// publishes, inside min_interval..max_interval.
        interval: Option<At<Positive>>,
        /// The shortest gap; not longer than `interval`.
        min_interval: Option<At<Positive>>,
        /// The longest gap; caps what feeds ask for too, save Retry-After.
        max_interval: Option<At<Positive>>,
        /// For a whole request, redirects included.
        timeout: At<Positive> = Positive(Span::seconds(30)),
        /// Requests in flight.
        concurrency: At<Count> = Count(64),
        /// Requests in flight to one host.
        per_host: At<Count> = Count(1),
        /// Least time between two requests to one host; 0s turns it off.
        host_gap: At<Span> = Span::seconds(1),
        /// The most bytes of a feed after decompression.
        max_body: At<Size> = Size(10 << 20),
        /// What a feed that was never seen before alerts on: "recent" (the last 24 hours), "all"
        /// or "none".
        first_poll: At<FirstPoll> = FirstPoll::Recent,
        /// The User-Agent header.
        user_agent: Option<At<String>>,
        /// A proxy for all feeds; the usual environment variables where absent.
        proxy: Sourced,
    }
}

section! {
    /// A feed: a URL or a local file that is polled.
    Feed {
        /// An http or https URL, or the path of a local file.
        url: RequiredSource,
        /// What it is called; unique. Where absent, host and path of the URL.
        name: Option<At<Name>>,
        /// For the filters of watchlists: `feeds = ["tag:world"]`.
        tags: Option<At<Vec<At<String>>>>,
        /// A fixed gap between two polls; adapted where absent.
        interval: Option<At<Positive>>,
        /// What its first poll alerts on; as in `poll` where absent.
        first_poll: Option<At<FirstPoll>>,
        /// Further headers; a value can be { file = … }, { env = … } or { credential = … }.
        headers: Option<At<Headers>>,
        /// User and password: { user = "…", password_file = "…" }, or both as "USER:PASSWORD".
        basic_auth: Basic,
        /// A bearer token.
        bearer: Sourced,
        /// Whether it is polled.
        enabled: At<bool> = true,
    }
}

/// `basic_auth`: a table, or a text that can be a secret as a whole.
#[derive(Debug, Clone)]
pub(super) enum Basic {
    /// `{ user = "…", password = "…" }`
    Table(Option<At<BasicAuth>>),
    /// `USER:PASSWORD`, from anywhere.
    Whole(Sourced),
}

impl Key for Basic {
    type Default = ();

    fn read(keys: &mut Keys<'_, '_, '_, '_>, name: &'static str, (): ()) -> Self {
        if keys.take(name).is_some_and(|value| value.get_ref().is_table()) {
            Self::Table(Option::read(keys, name, ()))
        } else {
            Self::Whole(Sourced::read(keys, name, ()))
        }
    }

    fn describe(section: &mut SectionSchema<'_>, name: &'static str, doc: &[&str], (): ()) {
        Sourced::describe(section, name, doc, ());
        let table = BasicAuth::schema(section.generator);
        section.property(name, doc, json_schema!({ "anyOf": [{ "type": "string" }, table] }), &serde_json::Value::Null);
    }
}

section! {
    /// User and password of a feed.
    BasicAuth {
        /// The user.
        user: Required<String>,
        /// The password.
        password: Sourced,
    }
}

section! {
    /// When two items are the same news.
    Stories {
        /// How long after its first item an item can join a story.
        window: At<Positive> = Positive(Span::hours(48)),
        /// How similar two texts must be, 0 to 1; 0 turns near-duplicate detection off.
        similarity: At<Share> = Share(0.7),
    }
}

section! {
    /// How long things are kept.
    Retention {
        /// The texts of items.
        items: At<Positive> = Positive(Span::days(30)),
        /// Alerts, each with its own text.
        alerts: At<Positive> = Positive(Span::days(365)),
        /// The size of the store; beyond it the oldest texts go first.
        max_size: At<Size> = Size(10 << 30),
    }
}

section! {
    /// A URL that is called while all is well, for a dead-man's switch.
    Heartbeat {
        /// An http or https URL; it is called with GET.
        url: RequiredSource,
        /// How often.
        interval: At<Positive> = Positive(Span::minutes(5)),
    }
}

section! {
    /// The HTTP listener: the API, metrics and health.
    Listen {
        /// Address and port, such as "127.0.0.1:8471" or "[::1]:8471".
        address: Required<Address>,
        /// What callers must show (`Authorization: Bearer …`). Needed for any address that is not
        /// loopback, and for every call that changes something.
        token: Sourced,
    }
}

section! {
    /// A sink that writes to standard output.
    Stdout {
        /// How alerts are written: "pretty" for people, "json" lines, or "journal" with priorities.
        format: At<Format> = Format::Pretty,
        /// Alerts below are not sent here.
        min_severity: At<Severity> = Severity::Info,
        /// Names or patterns of the watchlists whose alerts are sent here; all where absent.
        watchlists: Option<At<Vec<At<String>>>>,
    }
}

section! {
    /// A sink that appends JSON lines to a file.
    File {
        /// The file; relative to `state_dir`.
        path: Required<PlainPath>,
        /// Whether each batch is synchronised to the disk before it counts as delivered.
        fsync: At<bool> = true,
        /// When a new file is begun: before the file grows beyond a size ("100MiB"), or with the
        /// first alert of a new period ("1d", "1w"; UTC). Never where absent. The file before is
        /// put aside under its name and the time, such as alerts.jsonl-20261124T021504.123Z.
        rotate: Option<At<When>>,
        /// How many files that were put aside stay; all where absent.
        keep: Option<At<Count>>,
        /// Whether files that were put aside are compressed (.gz). Default: false.
        compress: Option<At<bool>>,
        /// Alerts below are not sent here.
        min_severity: At<Severity> = Severity::Info,
        /// Names or patterns of the watchlists whose alerts are sent here; all where absent.
        watchlists: Option<At<Vec<At<String>>>>,
    }
}

section! {
    /// A sink that sends to a URL.
    Webhook {
        /// Where to.
        url: RequiredSource,
        /// Signs by the Standard Webhooks specification; a list during rotation, the newest first.
        secret: SourcedList,
        /// What the body is made for: "generic" is the alert itself, version 1.
        preset: At<Kind> = Kind::Generic,
        /// A file with a template of the body, in place of a preset.
        template: Option<At<FilePath>>,
        /// Preset "telegram": who gets it, a number or "@channel".
        chat_id: Option<At<Chat>>,
        /// Preset "matrix": the id of the room, "!…".
        room: Option<At<String>>,
        /// Preset "ntfy": the topic; the last part of the URL's path where absent.
        topic: Option<At<String>>,
        /// Presets "matrix" and "ntfy": the access token.
        token: Sourced,
        /// Preset "pagerduty": the integration key.
        routing_key: Sourced,
        /// Further headers; a value can be { file = … }, { env = … } or { credential = … }.
        headers: Option<At<Headers>>,
        /// Alerts below are not sent here.
        min_severity: At<Severity> = Severity::Info,
        /// Names or patterns of the watchlists whose alerts are sent here; all where absent.
        watchlists: Option<At<Vec<At<String>>>>,
        /// For a whole request.
        timeout: At<Positive> = Positive(Span::seconds(10)),
        /// Requests in flight; 1 keeps the order.
        concurrency: At<Count> = Count(4),
        /// After this long a delivery is a dead letter.
        max_age: At<Positive> = Positive(Span::days(3)),
        /// Whether the text of the item goes along; presets and templates choose for themselves.
        text: At<bool> = true,
        /// Alerts are collected for so long after the first, then sent as one digest.
        digest: Option<At<Positive>>,
        /// The most alerts and digests within any hour; what comes beyond is collected, and sent
        /// as one digest when the hour allows.
        max_per_hour: Option<At<Count>>,
        /// A proxy for this sink; the usual environment variables where absent.
        proxy: Sourced,
        /// Certificates (PEM) of authorities that are trusted beside the system's.
        ca: Sourced,
        /// What is shown to a receiver that asks for a client certificate (PEM), with those that
        /// lead to its authority.
        client_cert: Sourced,
        /// Its private key (PEM); where absent, it stands beside the certificate.
        client_key: Sourced,
    }
}

/// HTTP headers in the order of the file.
#[derive(Debug, Clone, Default)]
pub(super) struct Headers(pub(super) Vec<(At<String>, At<Origin>)>);

impl FromToml for Headers {
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(table) = value.get_ref().as_table() else {
            reader.expected(value, "a table of headers");
            return None;
        };
        let mut headers = Vec::new();
        for (key, value) in in_order(table) {
            let name = At { value: key.get_ref().clone().into_owned(), pos: reader.pos(key.span()) };
            headers.extend(At::from_toml(value, reader).map(|value| (name, value)));
        }
        Some(Self(headers))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let value = Origin::schema(generator);
        json_schema!({ "type": "object", "additionalProperties": value })
    }
}
