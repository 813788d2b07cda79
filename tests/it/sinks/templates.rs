//! Templates: escaped for their target, strict, and tried before they are used.

use super::{envelope, sample};
use newswatch::sink::body::{Body, Original};
use newswatch::sink::template::Template;
use std::sync::Arc;

/// What a template of that name makes of the sample, or what is wrong.
fn rendered(name: &str, source: &str, content_type: Option<&str>) -> Result<String, String> {
    let mut alert = sample();
    alert.item.title = String::from("\"5 < 6\" & [x](y) é 👍\u{202e}");
    let document = serde_json::to_vec(&envelope(&alert)).unwrap();
    let template = Template::compile(name, source.to_owned(), content_type).map_err(|fault| fault.message)?;
    let body = Body::Template(Arc::new(template)).render(&Original::new(&document))?;
    Ok(String::from_utf8(body.unwrap()).unwrap())
}

#[test]
fn what_is_printed_is_escaped_for_the_target() {
    let check = |name: &str, content_type: Option<&str>, source: &str, expected: &str| {
        assert_eq!(rendered(name, source, content_type).as_deref(), Ok(expected), "{name} {content_type:?}");
    };
    let title = "{{ data.item.title }}";
    let json = "{\"t\": {{ data.item.title }}, \"n\": {{ data.item.updated }}, \"tags\": {{ data.feed.tags }}}";
    let as_json = "{\"t\": \"\\\"5 < 6\\\" & [x](y) é 👍\u{202e}\", \"n\": null, \"tags\": [\"world\",\"uk\"]}";
    check("desk.j2", None, json, as_json);
    check("desk.json.j2", Some("application/x-own"), json, as_json);
    check("desk.j2", Some("application/vnd.example+json; charset=utf-8"), json, as_json);
    let as_html = "&quot;5 &lt; 6&quot; &amp; [x](y) é 👍\u{202e}";
    check("desk.html.j2", None, title, as_html);
    check("desk.xml.jinja", None, title, as_html);
    check("desk.j2", Some("TEXT/HTML"), title, as_html);
    check("desk.md.j2", None, title, "\"5 \\< 6\" \\& \\[x\\]\\(y\\) é 👍\u{202e}");
    check("desk.txt.j2", None, title, "\"5 < 6\" & [x](y) é 👍\u{202e}");
    check("desk.j2", Some("text/plain"), title, "\"5 < 6\" & [x](y) é 👍\u{202e}");
    let form = "title={{ data.item.title }}&n={{ data.item.revision }}";
    let as_form = "title=%225+%3C+6%22+%26+%5Bx%5D%28y%29+%C3%A9+%F0%9F%91%8D%E2%80%AE&n=1";
    check("desk.j2", Some("application/x-www-form-urlencoded"), form, as_form);
    // A person who knows better says so.
    check("desk.html.j2", None, "{{ '<b>' | safe }}{{ '<b>' }}", "<b>&lt;b&gt;");
    check("desk.md.j2", None, "{{ '**' | safe }}{{ '**' }}", "**\\*\\*");
    check("desk.j2", Some("application/x-www-form-urlencoded"), "{{ 'a&b' | safe }}{{ 'a&b' }}", "a&ba%26b");
}

#[test]
fn texts_are_escaped_for_a_service_inside_json() {
    let source = "{\"text\": {{ (\"*\" ~ data.item.title | slack ~ \"*\") }}, \"md\": {{ data.item.title | markdown }}, \"h\": {{ data.item.title | html }}}";
    let body: serde_json::Value = serde_json::from_str(&rendered("desk.j2", source, None).unwrap()).unwrap();
    assert_eq!(body["text"], "*\"5 &lt; 6\" &amp; [x](y) é 👍\u{202e}*");
    assert_eq!(body["md"], "\"5 \\< 6\" \\& \\[x\\]\\(y\\) é 👍\u{202e}");
    assert_eq!(body["h"], "&quot;5 &lt; 6&quot; &amp; [x](y) é 👍\u{202e}");
}

#[test]
fn a_template_names_every_member_and_what_the_document_says() {
    let source = "{{ id }} {{ type }} {{ data.severity }} {{ data.rules[0].id }} {{ data.matches | length }} \
        {{ data.story.also_in | join(', ') }} | {{ message.severity }} {{ message.heading }} {{ message.link }}\n\
        {{ message.title }}\n{% for match in data.matches %}{{ match.text }}{% if match.entity %} ({{ match.entity.name }}){% endif %};{% endfor %}";
    let text = rendered("desk.txt.j2", source, None).unwrap();
    let expected = "alt_3b1f8c2e9d7a4c60b5e2f1a09c8d7e6f newswatch.alert.v1 high sabotage-europe 4 agency-wire \
        | high Sabotage and hybrid threats https://news.example.org/world/cable-sabotage?utm_source=rss\n\
        \"5 < 6\" & [x](y) é 👍\n\
        MI6 (MI6);sabotage;Secret Intelligence Service (MI6);sabotage;";
    assert_eq!(text, expected);
}

#[test]
fn what_is_not_there_is_an_error_at_its_place() {
    let check = |source: &str, expected: &str| {
        let error = rendered("a/desk.txt.j2", source, None).unwrap_err();
        assert!(error.starts_with(expected), "{source}: {error:?} is not {expected:?}");
    };
    check("{{ data.item.titel }}", "a/desk.txt.j2:1:4: undefined value");
    check("é\n  {{ nothing.at.all }}", "a/desk.txt.j2:2:6: undefined value");
    check("{% if data.item.titel %}x{% endif %}", "a/desk.txt.j2:1:11: undefined value");
    check("{{ data.item.authors[7] }}", "a/desk.txt.j2:1:4: undefined value");
    check("\n{% for x in data.itens %}{% endfor %}", "a/desk.txt.j2:2:13: undefined value");
    // Before it is used, where that can be seen.
    check("{{ data.item.title", "syntax error");
    check("{{ data.item.title | shout }}", "a/desk.txt.j2:1:22: unknown filter");
    assert_eq!(rendered("x.txt.j2", "{% if data.item.titel is defined %}x{% endif %}", None).as_deref(), Ok(""));
    assert_eq!(rendered("x.txt.j2", "{{ data.item.titel | default('-') }}", None).as_deref(), Ok("-"));
}

#[test]
fn what_should_be_json_is_json() {
    let error = rendered("desk.j2", "{\"t\": \"News: {{ data.item.title }}\"}", None).unwrap_err();
    assert!(error.starts_with("desk.j2: what it makes is no JSON: expected `,` or `}`"), "{error}");
    assert!(rendered("desk.j2", "{\"t\": {{ \"News: \" ~ data.item.title }}}", None).is_ok());
}

#[test]
fn samples_find_what_only_some_alerts_have() {
    let tried = |source: &str| {
        let template = Template::compile("desk.txt.j2", source.to_owned(), None).unwrap();
        template.try_out().map_err(|fault| fault.message)
    };
    assert_eq!(tried("{{ data.item.title }}"), Ok(()));
    assert!(tried("{{ data.item.titel }}").unwrap_err().ends_with("(tried on a sample alert)"));
    let rare = tried("{{ data.item.authors[0] }}").unwrap_err();
    assert!(rare.ends_with("(tried on a sample alert without matches, link, date and text)"), "{rare}");
}
