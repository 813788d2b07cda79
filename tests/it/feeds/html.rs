//! HTML to plain text, and what is taken for HTML.

use newswatch::text::html::{is_element, looks_like_html, read, to_text};

#[track_caller]
fn check(html: &str, expect: &str) {
    assert_eq!(to_text(html), expect, "{html}");
}

#[test]
fn tags_become_breaks_or_vanish() {
    check("", "");
    check("plain", "plain");
    check("  two \n\t words ", "two words");
    check("in<b>li</b>ne <i>tags</i>", "inline tags");
    check("<p>one</p><p>two</p>", "one\n\ntwo");
    check("<p>one<p>two", "one\n\ntwo");
    check("one<br>two<br/>three", "one\ntwo\nthree");
    check("one<br><br>two<br><br><br>three", "one\n\ntwo\n\nthree");
    check("one <br> two", "one\ntwo");
    check("<div><div><p>deep</p></div></div><div>next</div>", "deep\n\nnext");
    check("<ul><li>a</li><li>b</li></ul>c", "a\n\nb\n\nc");
    check("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a\nb\n\nc");
    check("<h1>Title</h1>text", "Title\n\ntext");
    check("a<hr>b", "a\n\nb");
    check("a<wbr>b<img alt=x>c", "abc");
    check("<xhtml:p>one</xhtml:p><xhtml:p>two</xhtml:p>", "one\n\ntwo");
    check("<unknown>a</unknown>b", "ab");
    check("<P CLASS=x>one</P>two", "one\n\ntwo");
}

#[test]
fn scripts_styles_and_comments_are_dropped() {
    check("a<script>if (1 < 2) { x('</p>') }</script>b", "ab");
    check("a<style>p { x: '<p>' }</style>b", "ab");
    check("a<!-- <p>no</p> -->b", "ab");
    check("a<iframe><p>no</p></iframe>b<noscript><img></noscript>c", "abc");
    check("a<template><p>no</p></template>b", "ab");
    check("<script/>not in it", "not in it");
    check("<?php no ?>a<!DOCTYPE html>b", "ab");
    check("<![CDATA[no]]>a", "a");
}

#[test]
fn white_space_counts_in_pre() {
    check("a<pre>\n x  =\n   1\n</pre>b", "a\n\n x  =\n   1\n\nb");
    check("<pre>  a\n  b \n</pre>", "a\n  b");
    check("<pre>&nbsp;a&#10;</pre><p>b<pre> \n\n</pre>", "a\n\nb");
    check("<pre>a<b> b</b></pre>  c  d", "a b\n\nc d");
}

#[test]
fn references_are_decoded() {
    check("&amp;&lt;&gt;&quot;&#39;", "&<>\"'");
    check("caf&eacute; &beta; &NotEqualTilde; &copy 2026", "café β ≂̸ © 2026");
    check("&#8217;&#x2019;&#146;", "’’’");
    check("a&nbsp;b\u{a0}c", "a b c");
    check("AT&T, &bogus; & R&D", "AT&T, &bogus; & R&D");
    check("&amp;lt;b&amp;gt;", "&lt;b&gt;");
    check("\u{80}\u{a0}\u{bf}\u{a0}\u{a0}{$y\u{a9}", "\u{80} \u{bf} {$y\u{a9}");
}

#[test]
fn broken_markup_loses_no_text() {
    check("1 < 2 and 3 > 2", "1 < 2 and 3 > 2");
    check("a <3 b", "a <3 b");
    check("<b>never closed", "never closed");
    check("</p>stray</b>", "stray");
    check("<a href=\"x>swallowed</a> tail", "swallowed tail");
    check("<a href='x>one</a><p class=\"y>two</p>", "one\n\ntwo");
    check("a <b", "a");
}

#[test]
fn tags_are_noticed() {
    assert!(read("a <b>c").has_tags);
    assert!(!read("a < c &lt;b&gt;").has_tags);
}

#[test]
fn plain_text_is_told_from_html() {
    for html in
        ["<b>x</b>", "a &amp; b", "x<br>y", "<a href='x'>", "&#8230;", "&eacute;", "<IMG SRC=x>", "</p>", "a<br/>"]
    {
        assert!(looks_like_html(html), "{html}");
    }
    for plain in [
        "",
        "1 < 2",
        "AT&T",
        "the <b> tag",
        "<tag>x</tag>",
        "List<String> and </String>",
        "&bogus;",
        "a <3 b",
        "<http://x/>",
        "& ;",
        "&#;",
    ] {
        assert!(!looks_like_html(plain), "{plain}");
    }
}

#[test]
fn elements_are_known_in_any_case() {
    assert!(is_element("p") && is_element("BlockQuote") && is_element("wbr"));
    assert!(!is_element("item") && !is_element("") && !is_element("averyveryverylongname"));
}
