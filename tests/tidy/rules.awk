# The rules of docs/architecture.md over C files: arrows between rooms, one door per library, calls that are not made, sizes.
# Arguments: every .c and .h file below the root, named from the root. Prints file:line: reason; exit 1 if anything was printed.

BEGIN {
    LINES_OF_FILE_MAX = 700
    LINES_OF_FUNCTION_MAX = 70

    # A room may include its own headers and those of the rooms in its row. tools and tests may include any.
    core = "base crypto pack json model merge policy log vault attach replica"
    arrow["base"] = ""
    arrow["crypto"] = "base"
    arrow["pack"] = "base crypto"
    arrow["json"] = "base crypto pack"
    arrow["model"] = "base crypto pack json"
    arrow["merge"] = "base crypto pack json model"
    arrow["policy"] = "base crypto pack json model merge"
    arrow["log"] = "base crypto"
    arrow["vault"] = "base crypto"
    arrow["attach"] = "base crypto pack model log"
    arrow["replica"] = core
    arrow["protocol"] = "base crypto pack json model merge log"
    arrow["client"] = core " protocol"
    arrow["server"] = core " protocol"
    arrow["tools"] = arrow["tests"] = core " protocol client server tools tests"

    # One door per library: the headers, and the files that may include them.
    door["^sodium(\\.h|/)"] = "^(core/crypto/|tools/simulator/(random|memo))"
    door["^openssl/"] = "^core/crypto/"
    door["^msgpack"] = "^core/pack/"
    door["^zstd"] = "^core/pack/"
    door["^jansson\\.h"] = "^core/json/"
    door["^sqlite3(ext)?\\.h"] = "^(core/vault/|core/replica/|server/store_sqlite[^/]*$|tests/vault/|tests/replica/|tools/benchmarks/|tools/simulator/)"
    door["^nng/"] = "^(client/transport[^/]*$|server/listener[^/]*$|tests/|tools/benchmarks/live_nng)"
    door["^microhttpd\\.h"] = "^(client/app|tools/audit)/http\\."
    door["^curl/"] = "^server/witness_http\\."
    door["^(libsecret/|dlfcn\\.h)"] = "^client/keyring_secret"
    door["^jpeglib\\.h"] = "^(client/photo/|tests/photo/)"
    door["^png\\.h"] = "^(client/photo/|tests/photo/)"
    door["^malloc\\.h"] = "^(client/photo/cli/|server/listener\\.c)"
    door["^sys/syscall\\.h"] = "^(client/photo/cli/|tests/e2e/preload_)"
    door["^cmocka\\.h"] = "^tests/"
    door["^holdfast/holdfast\\.h"] = "^(client/|tests/|tools/)"

    standard = "^(assert|complex|ctype|errno|fenv|float|inttypes|iso646|limits|locale|math|setjmp|signal|stdalign|stdarg|stdatomic" \
        "|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|tgmath|threads|time|uchar|wchar|wctype" \
        "|arpa/inet|linux/netlink|linux/rtnetlink|dirent|fcntl|fnmatch|ftw|getopt|glob|grp|langinfo|libgen|netdb|net/if|netinet/in|netinet/tcp|poll|pthread|pwd|regex" \
        "|sched|semaphore|spawn|strings|syslog|termios|unistd|utime" \
        "|sys/(epoll|file|ioctl|mman|mount|prctl|random|resource|select|socket|stat|statvfs|time|times|types|uio|un|utsname|wait))\\.h$"

    before = "(^|[^A-Za-z0-9_.>])("
    after = ")[ \t]*\\("
    unsafe = before "strcpy|strcat|sprintf|vsprintf|gets|system|popen|alloca" after
    waits = before "sleep|usleep|nanosleep|clock_nanosleep|thrd_sleep|nng_msleep" after
    outside = before "time|clock_gettime|gettimeofday|getrandom|getenv|fopen|open|openat|read|pread|write|pwrite|socket" after
    pure = "^(core/(base|crypto|pack|model|merge|policy|log)|protocol)/"
    impure = "^core/crypto/random"

    for (i = 1; i < ARGC; i++)
        known[ARGV[i]] = 1
}

FNR == 1 {
    end_of_file()
    file = FILENAME
    room = room_of(file)
    in_comment = 0
    function_start = 0
    if (room == "")
        complain(1, "lies in no room; add the room to the arrows in tests/tidy/rules.awk")
}

{
    lines = FNR
    if (!in_comment && match($0, /^[ \t]*#[ \t]*include[ \t]*/))
        include_line(substr($0, RLENGTH + 1))
    measure_function($0)
    code = without_comments($0)
    forbid(unsafe, "is not used here: it does not know where its buffer ends, or runs a shell")
    if (room == "tests")
        forbid(waits, "in a test: wait for the event instead")
    if (file ~ pure && file !~ impure)
        forbid(outside, "in a pure room: time, random bytes and files are arguments")
}

END {
    end_of_file()
    exit complaints > 0
}

function complain(line, reason)
{
    printf "%s:%d: %s\n", file, line, reason
    complaints++
}

function end_of_file()
{
    if (lines > LINES_OF_FILE_MAX && file !~ /include\/holdfast\/holdfast\.h$/) # the one installed header
        complain(lines, lines " lines, at most " LINES_OF_FILE_MAX "; are there two ideas in it?")
    lines = 0
}

function room_of(path, part)
{
    split(path, part, "/")
    if (part[1] == "core" && (part[2] in arrow))
        return part[2]
    return part[1] != "core" && (part[1] in arrow) ? part[1] : ""
}

function include_line(rest, close_at, name)
{
    close_at = index(substr(rest, 2), substr(rest, 1, 1) == "<" ? ">" : "\"")
    name = substr(rest, 2, close_at - 1)
    if (substr(rest, 1, 1) == "<")
        include_outside(name)
    else if (!(name in known))
        complain(FNR, "\"" name "\" is not a path from the root of the repository")
    else
        include_inside(name)
}

function include_inside(path, other)
{
    other = room_of(path)
    if (room != "" && other != room && index(" " arrow[room] " ", " " other " ") == 0)
        complain(FNR, room " may not include " path ": the arrow points the other way")
}

function include_outside(name, headers)
{
    if (name in known) {
        complain(FNR, "<" name "> is a file of the repository: include it with quotes")
        return
    }
    for (headers in door) {
        if (name ~ headers) {
            if (file !~ door[headers])
                complain(FNR, "<" name "> comes in by one door, " door[headers] ", not here")
            return
        }
    }
    if (name !~ standard)
        complain(FNR, "<" name "> is neither of C11, POSIX and Linux nor has a door in tests/tidy/rules.awk")
}

# Relies on the layout that clang-format gives: a function's braces stand alone in the first column.
function measure_function(line)
{
    if (line == "{")
        function_start = FNR
    if (line ~ /^}/ && function_start) {
        if (FNR - function_start - 1 > LINES_OF_FUNCTION_MAX)
            complain(function_start, "a function of " FNR - function_start - 1 " lines, at most " LINES_OF_FUNCTION_MAX)
        function_start = 0
    }
}

function forbid(calls, reason, name)
{
    if (match(code, calls)) {
        name = substr(code, RSTART, RLENGTH)
        gsub(/[^a-z_]/, "", name)
        complain(FNR, name "() " reason)
    }
}

# The line with its comments gone and its strings and characters empty. Comments may run over lines (in_comment).
function without_comments(line, kept, token, inner)
{
    while (line != "") {
        if (in_comment) {
            if (!index(line, "*/"))
                return kept
            line = " " substr(line, index(line, "*/") + 2)
            in_comment = 0
        }
        if (!match(line, /\/\*|\/\/|"|'/))
            return kept line
        token = substr(line, RSTART, RLENGTH)
        kept = kept substr(line, 1, RSTART - 1)
        line = substr(line, RSTART + RLENGTH)
        if (token == "//")
            return kept
        if (token == "/*") {
            in_comment = 1
            continue
        }
        inner = ""
        while (inner != token && match(line, /\\.|"|'/)) {
            inner = substr(line, RSTART, RLENGTH)
            line = substr(line, RSTART + RLENGTH)
        }
        kept = kept token token
        if (inner != token)
            return kept
    }
    return kept
}
