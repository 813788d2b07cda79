#!/bin/bash
# What `daemon::boots` does inside a Debian that systemd has booted: each step leaves a line
# in /test/log, `ok STEP` or `failed STEP`. Nothing of the network is needed.
exec >>/test/output 2>&1
set -x

# Waits for a command to succeed, a minute at most.
wait_for() {
    for _ in $(seq 300); do
        "$@" && return 0
        sleep 0.2
    done
    return 1
}

# Does a step; the first one that fails ends it all.
step() {
    local name=$1
    shift
    if "$@"; then
        echo "ok $name" >>/test/log
    else
        echo "failed $name" >>/test/log
        systemctl status --no-pager --full newswatch.service
        journalctl --no-pager -n 60 -u newswatch.service -u newswatch-failed.service
        systemctl poweroff
        exit 1
    fi
}

property() { systemctl show -P "$1" newswatch.service; }
active() { [ "$(property ActiveState)" = active ]; }
told() { newswatch alerts --json | wc -l; }
filed() { wc -l </var/lib/private/newswatch/alerts.jsonl; }
filed_so_many() { [ "$(filed)" = "$1" ]; }
both_told() { [ "$(told)" = "$1" ] && filed_so_many "$1"; }
in_journal() { journalctl -u newswatch -o cat | grep -q "$1"; }
another_pid() {
    local pid
    # First the process, which is 0 while there is none: what is asked later is of a later time.
    pid=$(property MainPID)
    [ "$pid" != 0 ] && [ "$pid" != "$1" ] && active
}

feed() {
    {
        echo '<rss version="2.0"><channel><title>Local</title>'
        for number in $(seq "$1"); do
            echo "<item><guid>g$number</guid><title>Act of sabotage, number $number</title></item>"
        done
        echo '</channel></rss>'
    } >/etc/newswatch/feed.tmp
    mv /etc/newswatch/feed.tmp /etc/newswatch/feed.xml
}

configure() {
    cat >/etc/newswatch/newswatch.toml <<TOML
state_dir = "/var/lib/newswatch"
watch_config = false
[[feed]]
url = "feed.xml"
first_poll = "all"
interval = "1s"
[file.alerts]
path = "alerts.jsonl"
[stdout.console]
format = "journal"
$1
TOML
    chmod 644 /etc/newswatch/newswatch.toml
}

installs() {
    dpkg -i /test/first.deb && ! systemctl is-enabled --quiet newswatch && ! active &&
        [ -f /usr/share/man/man1/newswatch.1 ] && newswatch check
}

verifies() {
    local examples=/usr/share/doc/newswatch/examples/systemd
    install -m 644 $examples/newswatch-failed.service /etc/systemd/system/
    local drop_ins=/etc/systemd/system/newswatch.service.d
    install -D -m 644 $examples/on-failure.conf $drop_ins/on-failure.conf
    install -D -m 644 $examples/deny-private-addresses.conf $drop_ins/deny-private-addresses.conf
    install -D -m 644 $examples/credentials.conf $drop_ins/credentials.conf
    install -D -m 600 /dev/stdin /etc/newswatch.secrets/desk.secret <<<"whsec_bmV3c3dhdGNoLWRhZW1vbi10ZXN0cy1zZWNyZXQtMDE="
    systemctl daemon-reload && [ -z "$(systemd-analyze verify --man=no newswatch.service 2>&1)" ] &&
        [ -n "$(property IPAddressDeny)" ]
}

starts() {
    feed 1
    rm /etc/newswatch/watchlists/*
    echo 'keywords = ["sabotage"]' >/etc/newswatch/watchlists/words.toml
    configure '[webhook.desk]
url = "http://127.0.0.1:9/"
secret_credential = "desk.secret"'
    systemctl start newswatch && active && [[ "$(property StatusText)" == *"1 feed, "* ]] &&
        [ "$(stat -c %a /var/lib/private/newswatch)" = 700 ]
}

alerts() {
    # As root, without any option: the packaged configuration says where the state is.
    wait_for both_told 1 && wait_for in_journal 'Act of sabotage, number 1'
}

reloads() {
    local pid
    pid=$(property MainPID)
    configure ''
    systemctl reload newswatch && active && [ "$(property MainPID)" = "$pid" ] &&
        newswatch status --json | grep -q '"generation":2'
}

refuses() {
    local pid
    pid=$(property MainPID)
    echo 'severity = "hihg"' >>/etc/newswatch/watchlists/words.toml
    ! systemctl reload newswatch && active && [ "$(property MainPID)" = "$pid" ] &&
        wait_for in_journal 'words.toml:2:12' && feed 2 && wait_for filed_so_many 2
}

killed() {
    local pid began
    echo 'keywords = ["sabotage"]' >/etc/newswatch/watchlists/words.toml
    pid=$(property MainPID)
    began=$SECONDS
    systemctl kill -s KILL newswatch && wait_for another_pid "$pid" && echo "back after $((SECONDS - began)) s" &&
        feed 3 && wait_for both_told 3
}

watched() {
    local pid drop_in=/etc/systemd/system/newswatch.service.d/watchdog.conf
    # A watchdog that a test can wait for; elsewhere a busy machine might set it off.
    printf '[Service]\nWatchdogSec=4s\n' >$drop_in
    systemctl daemon-reload && systemctl restart newswatch || return
    pid=$(property MainPID)
    # Its loops stop, and so does the watchdog's tick.
    kill -STOP "$pid" && wait_for another_pid "$pid" && [ "$(property NRestarts)" -ge 1 ] &&
        rm $drop_in && systemctl daemon-reload && systemctl restart newswatch && feed 4 && wait_for both_told 4
}

upgrades() {
    local pid
    pid=$(property MainPID)
    dpkg --force-confold -i /test/second.deb && wait_for another_pid "$pid" && grep -q feed.xml /etc/newswatch/newswatch.toml &&
        both_told 4 && feed 5 && wait_for both_told 5
}

fails_loudly() {
    echo 'severity = "hihg"' >>/etc/newswatch/watchlists/words.toml
    ! systemctl restart newswatch && wait_for heard_of_it &&
        [ "$(property ExecMainStatus)" = 78 ] && [ "$(property ActiveState)" = failed ]
}

heard_of_it() { journalctl -t newswatch -o cat | grep -q 'newswatch has failed'; }

stops() {
    echo 'keywords = ["sabotage"]' >/etc/newswatch/watchlists/words.toml
    systemctl reset-failed newswatch
    systemctl start newswatch && systemctl stop newswatch && [ "$(property Result)" = success ] && both_told 5
}

goes() {
    systemctl start newswatch && systemctl enable newswatch && dpkg -r newswatch && ! active &&
        [ -s /var/lib/private/newswatch/newswatch.db ] && [ -f /etc/newswatch/newswatch.toml ] &&
        dpkg -P newswatch && [ ! -e /var/lib/private/newswatch ] && [ ! -e /etc/newswatch/newswatch.toml ] &&
        [ ! -L /etc/systemd/system/multi-user.target.wants/newswatch.service ]
}

step installs installs
step verifies verifies
step starts starts
step alerts alerts
step reloads reloads
step refuses refuses
step killed killed
step watched watched
step upgrades upgrades
step fails_loudly fails_loudly
step stops stops
step goes goes
echo done >>/test/log
systemctl poweroff
