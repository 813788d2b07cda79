# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_newswatch_global_optspecs
    string join \n config= v/verbose q/quiet log-format= h/help V/version
end

function __fish_newswatch_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_newswatch_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_newswatch_using_subcommand
    set -l cmd (__fish_newswatch_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c newswatch -n "__fish_newswatch_needs_command" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_needs_command" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_needs_command" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_needs_command" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_needs_command" -s h -l help -d 'Print help'
complete -c newswatch -n "__fish_newswatch_needs_command" -s V -l version -d 'Print version'
complete -c newswatch -n "__fish_newswatch_needs_command" -f -a "run" -d 'Polls the feeds and delivers alerts, until it is told to stop'
complete -c newswatch -n "__fish_newswatch_needs_command" -f -a "status" -d 'Shows whether the daemon runs, and what is failing'
complete -c newswatch -n "__fish_newswatch_needs_command" -f -a "check" -d 'Validates the configuration and watchlists and runs their tests'
complete -c newswatch -n "__fish_newswatch_needs_command" -f -a "match" -d 'Matches a text or feed files and shows what fires and why'
complete -c newswatch -n "__fish_newswatch_needs_command" -f -a "fetch" -d 'Fetches and parses one feed and shows how'
complete -c newswatch -n "__fish_newswatch_needs_command" -f -a "backtest" -d 'Runs the watchlists, or an edited one, over stored items'
complete -c newswatch -n "__fish_newswatch_needs_command" -f -a "alerts" -d 'Prints the stored alerts, newest last'
complete -c newswatch -n "__fish_newswatch_needs_command" -f -a "feeds" -d 'Lists every feed with its health; imports and exports lists of feeds'
complete -c newswatch -n "__fish_newswatch_needs_command" -f -a "deliveries" -d 'Lists what was not delivered yet; retries or drops it'
complete -c newswatch -n "__fish_newswatch_needs_command" -f -a "silence" -d 'Mutes alerts for a time: they are stored, and go nowhere'
complete -c newswatch -n "__fish_newswatch_needs_command" -f -a "send-test" -d 'Sends a marked test alert to a sink and shows the answer'
complete -c newswatch -n "__fish_newswatch_needs_command" -f -a "reload" -d 'Asks the running daemon to read its configuration again'
complete -c newswatch -n "__fish_newswatch_needs_command" -f -a "schema" -d 'Prints a JSON Schema, for editors and receivers'
complete -c newswatch -n "__fish_newswatch_needs_command" -f -a "completions" -d 'Prints a shell\'s completion script'
complete -c newswatch -n "__fish_newswatch_needs_command" -f -a "man" -d 'Prints the manual page, or writes all of them to a folder'
complete -c newswatch -n "__fish_newswatch_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c newswatch -n "__fish_newswatch_using_subcommand run" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand run" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand run" -l once -d 'Poll every feed once, try each delivery once, and end'
complete -c newswatch -n "__fish_newswatch_using_subcommand run" -l dry-run -d 'Print alerts; deliver and record nothing'
complete -c newswatch -n "__fish_newswatch_using_subcommand run" -l json -d 'With --dry-run: print alerts as JSON documents, one a line'
complete -c newswatch -n "__fish_newswatch_using_subcommand run" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand run" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand run" -s h -l help -d 'Print help'
complete -c newswatch -n "__fish_newswatch_using_subcommand status" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand status" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand status" -l json -d 'Print one JSON document'
complete -c newswatch -n "__fish_newswatch_using_subcommand status" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand status" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand status" -s h -l help -d 'Print help'
complete -c newswatch -n "__fish_newswatch_using_subcommand check" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand check" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand check" -l deny-warnings -d 'Exit with 1 where there is a warning'
complete -c newswatch -n "__fish_newswatch_using_subcommand check" -l json -d 'Print one JSON document'
complete -c newswatch -n "__fish_newswatch_using_subcommand check" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand check" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand check" -s h -l help -d 'Print help'
complete -c newswatch -n "__fish_newswatch_using_subcommand match" -l title -d 'The item\'s title' -r
complete -c newswatch -n "__fish_newswatch_using_subcommand match" -l text -d 'The item\'s body, plain text' -r
complete -c newswatch -n "__fish_newswatch_using_subcommand match" -l feed -d 'The name of the feed it comes from; without it, filters by feed and language pass' -r
complete -c newswatch -n "__fish_newswatch_using_subcommand match" -l author -d 'The item\'s author' -r
complete -c newswatch -n "__fish_newswatch_using_subcommand match" -l lang -d 'The item\'s language, such as en' -r
complete -c newswatch -n "__fish_newswatch_using_subcommand match" -l watchlist -d 'Only this watchlist' -r
complete -c newswatch -n "__fish_newswatch_using_subcommand match" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand match" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand match" -l json -d 'Print one JSON object a line for each item'
complete -c newswatch -n "__fish_newswatch_using_subcommand match" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand match" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand match" -s h -l help -d 'Print help'
complete -c newswatch -n "__fish_newswatch_using_subcommand fetch" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand fetch" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand fetch" -l json -d 'Print one JSON document'
complete -c newswatch -n "__fish_newswatch_using_subcommand fetch" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand fetch" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand fetch" -s h -l help -d 'Print help'
complete -c newswatch -n "__fish_newswatch_using_subcommand backtest" -l since -d 'Since when: 7d, 12h, or 2026-11-24[T06:00:00Z]' -r
complete -c newswatch -n "__fish_newswatch_using_subcommand backtest" -l watchlist -d 'Only this watchlist, which stands in for the one of its name; - for standard input' -r
complete -c newswatch -n "__fish_newswatch_using_subcommand backtest" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand backtest" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand backtest" -l json -d 'Print one JSON document; its days are of UTC'
complete -c newswatch -n "__fish_newswatch_using_subcommand backtest" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand backtest" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand backtest" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c newswatch -n "__fish_newswatch_using_subcommand alerts" -l since -d 'Only those since then: 7d, 12h, or 2026-11-24[T06:00:00Z]' -r
complete -c newswatch -n "__fish_newswatch_using_subcommand alerts" -s n -l last -d 'Only the last N' -r
complete -c newswatch -n "__fish_newswatch_using_subcommand alerts" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand alerts" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand alerts" -s f -l follow -d 'Go on with those that come'
complete -c newswatch -n "__fish_newswatch_using_subcommand alerts" -l json -d 'Print one JSON document a line, as it was sent; `silence` says what kept it from that'
complete -c newswatch -n "__fish_newswatch_using_subcommand alerts" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand alerts" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand alerts" -s h -l help -d 'Print help'
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and not __fish_seen_subcommand_from import export help" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and not __fish_seen_subcommand_from import export help" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and not __fish_seen_subcommand_from import export help" -l json -d 'Print one JSON document'
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and not __fish_seen_subcommand_from import export help" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and not __fish_seen_subcommand_from import export help" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and not __fish_seen_subcommand_from import export help" -s h -l help -d 'Print help'
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and not __fish_seen_subcommand_from import export help" -f -a "import" -d 'Takes the feeds of an OPML list into the configuration'
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and not __fish_seen_subcommand_from import export help" -f -a "export" -d 'Prints the feeds of the configuration as an OPML list: names, URLs and tags'
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and not __fish_seen_subcommand_from import export help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and __fish_seen_subcommand_from import" -l to -d 'Where to write; a file that `include` takes in' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and __fish_seen_subcommand_from import" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and __fish_seen_subcommand_from import" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and __fish_seen_subcommand_from import" -l json -d 'Print one JSON document'
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and __fish_seen_subcommand_from export" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and __fish_seen_subcommand_from export" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and __fish_seen_subcommand_from export" -l json -d 'Print one JSON document'
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help'
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and __fish_seen_subcommand_from help" -f -a "import" -d 'Takes the feeds of an OPML list into the configuration'
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and __fish_seen_subcommand_from help" -f -a "export" -d 'Prints the feeds of the configuration as an OPML list: names, URLs and tags'
complete -c newswatch -n "__fish_newswatch_using_subcommand feeds; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and not __fish_seen_subcommand_from list retry drop help" -l sink -d 'Only of this sink' -r
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and not __fish_seen_subcommand_from list retry drop help" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and not __fish_seen_subcommand_from list retry drop help" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and not __fish_seen_subcommand_from list retry drop help" -l json -d 'Print one JSON document'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and not __fish_seen_subcommand_from list retry drop help" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and not __fish_seen_subcommand_from list retry drop help" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and not __fish_seen_subcommand_from list retry drop help" -s h -l help -d 'Print help'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and not __fish_seen_subcommand_from list retry drop help" -f -a "list" -d 'Lists what waits and the dead letters'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and not __fish_seen_subcommand_from list retry drop help" -f -a "retry" -d 'Tries deliveries again now, dead letters too'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and not __fish_seen_subcommand_from list retry drop help" -f -a "drop" -d 'Gives deliveries up for good'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and not __fish_seen_subcommand_from list retry drop help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from list" -l sink -d 'Only of this sink' -r
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from list" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from list" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from retry" -l sink -d 'Only of this sink' -r
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from retry" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from retry" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from retry" -l all -d 'All of them, or with --sink all of a sink'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from retry" -l json -d 'Print one JSON document'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from retry" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from retry" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from retry" -s h -l help -d 'Print help'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from drop" -l sink -d 'Only of this sink' -r
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from drop" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from drop" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from drop" -l all -d 'All of them, or with --sink all of a sink'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from drop" -l json -d 'Print one JSON document'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from drop" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from drop" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from drop" -s h -l help -d 'Print help'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from help" -f -a "list" -d 'Lists what waits and the dead letters'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from help" -f -a "retry" -d 'Tries deliveries again now, dead letters too'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from help" -f -a "drop" -d 'Gives deliveries up for good'
complete -c newswatch -n "__fish_newswatch_using_subcommand deliveries; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and not __fish_seen_subcommand_from add list expire help" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and not __fish_seen_subcommand_from add list expire help" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and not __fish_seen_subcommand_from add list expire help" -l json -d 'Print one JSON document'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and not __fish_seen_subcommand_from add list expire help" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and not __fish_seen_subcommand_from add list expire help" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and not __fish_seen_subcommand_from add list expire help" -s h -l help -d 'Print help'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and not __fish_seen_subcommand_from add list expire help" -f -a "add" -d 'Adds a silence that begins now; all conditions must hold'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and not __fish_seen_subcommand_from add list expire help" -f -a "list" -d 'Lists the silences that hold'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and not __fish_seen_subcommand_from add list expire help" -f -a "expire" -d 'Ends silences now'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and not __fish_seen_subcommand_from add list expire help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from add" -l watchlist -d 'Of this watchlist, or those of a pattern (hybrid-*)' -r
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from add" -l rule -d 'By this rule; an alert with other rules, too, is not silenced' -r
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from add" -l entity -d 'That would not fire without this entity' -r
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from add" -l feed -d 'From this feed, those of a pattern, or with a tag (tag:world)' -r
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from add" -l query -d 'On items that meet this query, in the language of rules' -r
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from add" -l for -l duration -d 'For how long: 30m, 2h, 7d' -r
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from add" -l comment -d 'Why' -r
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from add" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from add" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from add" -l json -d 'Print one JSON document'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from list" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from list" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from list" -l all -d 'Those that have ended, too'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from expire" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from expire" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from expire" -l json -d 'Print one JSON document'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from expire" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from expire" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from expire" -s h -l help -d 'Print help'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from help" -f -a "add" -d 'Adds a silence that begins now; all conditions must hold'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from help" -f -a "list" -d 'Lists the silences that hold'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from help" -f -a "expire" -d 'Ends silences now'
complete -c newswatch -n "__fish_newswatch_using_subcommand silence; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c newswatch -n "__fish_newswatch_using_subcommand send-test" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand send-test" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand send-test" -l json -d 'Print one JSON document'
complete -c newswatch -n "__fish_newswatch_using_subcommand send-test" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand send-test" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand send-test" -s h -l help -d 'Print help'
complete -c newswatch -n "__fish_newswatch_using_subcommand reload" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand reload" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand reload" -l wait -d 'Wait until the new configuration is live; show what is wrong with it otherwise'
complete -c newswatch -n "__fish_newswatch_using_subcommand reload" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand reload" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand reload" -s h -l help -d 'Print help'
complete -c newswatch -n "__fish_newswatch_using_subcommand schema" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand schema" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand schema" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand schema" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c newswatch -n "__fish_newswatch_using_subcommand completions" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand completions" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand completions" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand completions" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand completions" -s h -l help -d 'Print help'
complete -c newswatch -n "__fish_newswatch_using_subcommand man" -l out -d 'Write newswatch.1 and a page for each command into this folder' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand man" -l config -d 'The configuration file' -r -F
complete -c newswatch -n "__fish_newswatch_using_subcommand man" -l log-format -d 'What stderr gets: text, or json, one object a line [default: $NEWSWATCH_LOG_FORMAT, else text]' -r -f -a "text\t'Text for people; with priorities where it goes to journald'
json\t'One JSON object a line'"
complete -c newswatch -n "__fish_newswatch_using_subcommand man" -s v -l verbose -d 'Log more (-vv: everything)'
complete -c newswatch -n "__fish_newswatch_using_subcommand man" -s q -l quiet -d 'Log less (-qq: errors only)'
complete -c newswatch -n "__fish_newswatch_using_subcommand man" -s h -l help -d 'Print help'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and not __fish_seen_subcommand_from run status check match fetch backtest alerts feeds deliveries silence send-test reload schema completions man help" -f -a "run" -d 'Polls the feeds and delivers alerts, until it is told to stop'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and not __fish_seen_subcommand_from run status check match fetch backtest alerts feeds deliveries silence send-test reload schema completions man help" -f -a "status" -d 'Shows whether the daemon runs, and what is failing'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and not __fish_seen_subcommand_from run status check match fetch backtest alerts feeds deliveries silence send-test reload schema completions man help" -f -a "check" -d 'Validates the configuration and watchlists and runs their tests'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and not __fish_seen_subcommand_from run status check match fetch backtest alerts feeds deliveries silence send-test reload schema completions man help" -f -a "match" -d 'Matches a text or feed files and shows what fires and why'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and not __fish_seen_subcommand_from run status check match fetch backtest alerts feeds deliveries silence send-test reload schema completions man help" -f -a "fetch" -d 'Fetches and parses one feed and shows how'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and not __fish_seen_subcommand_from run status check match fetch backtest alerts feeds deliveries silence send-test reload schema completions man help" -f -a "backtest" -d 'Runs the watchlists, or an edited one, over stored items'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and not __fish_seen_subcommand_from run status check match fetch backtest alerts feeds deliveries silence send-test reload schema completions man help" -f -a "alerts" -d 'Prints the stored alerts, newest last'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and not __fish_seen_subcommand_from run status check match fetch backtest alerts feeds deliveries silence send-test reload schema completions man help" -f -a "feeds" -d 'Lists every feed with its health; imports and exports lists of feeds'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and not __fish_seen_subcommand_from run status check match fetch backtest alerts feeds deliveries silence send-test reload schema completions man help" -f -a "deliveries" -d 'Lists what was not delivered yet; retries or drops it'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and not __fish_seen_subcommand_from run status check match fetch backtest alerts feeds deliveries silence send-test reload schema completions man help" -f -a "silence" -d 'Mutes alerts for a time: they are stored, and go nowhere'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and not __fish_seen_subcommand_from run status check match fetch backtest alerts feeds deliveries silence send-test reload schema completions man help" -f -a "send-test" -d 'Sends a marked test alert to a sink and shows the answer'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and not __fish_seen_subcommand_from run status check match fetch backtest alerts feeds deliveries silence send-test reload schema completions man help" -f -a "reload" -d 'Asks the running daemon to read its configuration again'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and not __fish_seen_subcommand_from run status check match fetch backtest alerts feeds deliveries silence send-test reload schema completions man help" -f -a "schema" -d 'Prints a JSON Schema, for editors and receivers'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and not __fish_seen_subcommand_from run status check match fetch backtest alerts feeds deliveries silence send-test reload schema completions man help" -f -a "completions" -d 'Prints a shell\'s completion script'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and not __fish_seen_subcommand_from run status check match fetch backtest alerts feeds deliveries silence send-test reload schema completions man help" -f -a "man" -d 'Prints the manual page, or writes all of them to a folder'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and not __fish_seen_subcommand_from run status check match fetch backtest alerts feeds deliveries silence send-test reload schema completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and __fish_seen_subcommand_from feeds" -f -a "import" -d 'Takes the feeds of an OPML list into the configuration'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and __fish_seen_subcommand_from feeds" -f -a "export" -d 'Prints the feeds of the configuration as an OPML list: names, URLs and tags'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and __fish_seen_subcommand_from deliveries" -f -a "list" -d 'Lists what waits and the dead letters'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and __fish_seen_subcommand_from deliveries" -f -a "retry" -d 'Tries deliveries again now, dead letters too'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and __fish_seen_subcommand_from deliveries" -f -a "drop" -d 'Gives deliveries up for good'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and __fish_seen_subcommand_from silence" -f -a "add" -d 'Adds a silence that begins now; all conditions must hold'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and __fish_seen_subcommand_from silence" -f -a "list" -d 'Lists the silences that hold'
complete -c newswatch -n "__fish_newswatch_using_subcommand help; and __fish_seen_subcommand_from silence" -f -a "expire" -d 'Ends silences now'
