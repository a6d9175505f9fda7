/* yload: a load generator for servers of Yjs rooms. Prints one line of JSON. See ../README.md. */
#define _GNU_SOURCE
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "client.h"

static const char *mode = "rate", *preloaded;
static double rate = 5;
static int measure_ms = 10000, warm_ms = 2000, drain_ms = 8000, settle_ms = 500;
static int in_flight = 1, at_once = 50, senders; /* senders: of each room; 0: all */
static int leave_every_ms = 2000, away_ms = 90000; /* soak */

static double own_cpu_us(void) {
    struct rusage own;
    getrusage(RUSAGE_SELF, &own);
    return (own.ru_utime.tv_sec + own.ru_stime.tv_sec) * 1e6 + own.ru_utime.tv_usec + own.ru_stime.tv_usec;
}

static void wait_ms(int milliseconds) {
    for (uint64_t end = now_us() + milliseconds * 1000ull; now_us() < end;) pump(20);
}

static int by_value(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* -- one after the other, or all at once: how long until somebody who joins has the text */

static void join(void) {
    Usage before = usage();
    connect_all(at_once);
    Usage after = usage();
    double *times = calloc(client_count, sizeof *times);
    for (int i = 0; i < client_count; i++)
        times[i] = (clients[i].synced_at - clients[i].connected_at) / 1e3;
    qsort(times, client_count, sizeof *times, by_value);
    printf("{\"joins\":%d,\"join_ms_p50\":%.2f,\"join_ms_max\":%.2f,\"cpu_us_per_join\":%.0f,"
           "\"sync_bytes\":%u,\"rss_kb\":%ld}\n",
           client_count, times[client_count / 2], times[client_count - 1], cpu_us(before, after) / client_count,
           clients[0].step2_size, after.resident_kb);
}

/* -- send a file of updates (u32 little-endian length, Yjs update v1), wait until the server is through */

static void preload(void) {
    connect_all(at_once);
    FILE *file = fopen(preloaded, "rb");
    if (!file) die("cannot read the file of updates");
    uint32_t size;
    uint8_t *data = NULL;
    int sent = 0;
    Usage before = usage();
    while (fread(&size, 4, 1, file) == 1) {
        data = realloc(data, size + 1);
        if (fread(data, 1, size, file) != size) break;
        send_update(clients, data, size);
        sent++;
        do pump(0);
        while (clients[0].out.size - clients[0].sent_out > 65536 && !counters.closed);
    }
    while (clients[0].out.size && !counters.closed) pump(5);
    uint64_t quiet_since = now_us(), limit = quiet_since + 180000000, messages = counters.messages;
    Usage last = usage();
    while (now_us() - quiet_since < 1500000 && now_us() < limit) {
        pump(50);
        if (counters.messages != messages || cpu_us(last, usage()) > 50000) {
            messages = counters.messages;
            last = usage();
            quiet_since = now_us();
        }
    }
    if (counters.closed) die("closed while it was sent updates");
    printf("{\"updates\":%d,\"cpu_us_per_update\":%.2f}\n", sent, cpu_us(before, usage()) / (sent ? sent : 1));
}

/* -- connections that say nothing */

static void idle(void) {
    Usage fresh = usage();
    connect_all(at_once);
    wait_ms(settle_ms);
    Usage before = usage();
    wait_ms(measure_ms);
    Usage after = usage();
    printf("{\"connections\":%d,\"rss_kb\":%ld,\"kb_per_connection\":%.2f,\"cpu_percent\":%.2f,"
           "\"cpu_us_per_join\":%.0f,\"closed\":%d}\n",
           client_count, after.resident_kb, (double)(after.resident_kb - fresh.resident_kb) / client_count,
           cpu_us(before, after) / (measure_ms * 10.0), cpu_us(fresh, before) / client_count, counters.closed);
}

/* -- edits or moves of the caret */

static Usage usage_at_start;
static uint64_t measured_from, measured_until;
static double own_cpu_at_start;

static void start_measuring(void) {
    usage_at_start = usage();
    own_cpu_at_start = own_cpu_us();
    counters.sent_measured = counters.delivered_measured = 0;
    measured_from = now_us();
    measured_until = measured_from + measure_ms * 1000ull;
    measuring = 1;
}

/* Return whether to go on. Measuring begins after the warm-up. */
static int go_on(uint64_t now, uint64_t started) {
    if (!measuring && now >= started + warm_ms * 1000ull) start_measuring();
    return !counters.closed && !(measuring && now >= measured_until);
}

static uint64_t missing(void) {
    uint64_t sum = 0;
    for (int i = 0; i < client_count; i++) {
        const Client *room = &clients[clients[i].room * options.per_room];
        for (int place = 0; place < options.per_room; place++)
            if (place != clients[i].place && clients[i].seen[place] < room[place].edits)
                sum += room[place].edits - clients[i].seen[place];
    }
    return sum;
}

/* Return who acts, in an order that mixes the rooms. */
static int *actors(int *count) {
    int *order = calloc(client_count, sizeof *order);
    *count = 0;
    for (int i = 0; i < client_count; i++)
        if (!senders || clients[i].place < senders) order[(*count)++] = i;
    for (int i = *count - 1; i > 0; i--) {
        int other = rand() % (i + 1), client = order[i];
        order[i] = order[other];
        order[other] = client;
    }
    return order;
}

/* Everybody acts `rate` times a second: each has a slot in the period, and a random moment inside its slot.
   `each_ms` is called about every millisecond. */
static void act_at_rate(void (*act)(Client *), void (*each_ms)(uint64_t)) {
    int count, *order = actors(&count);
    uint64_t started = now_us(), period = 1e6 / rate, acts = 0, slot = period / count;
    for (uint64_t now = started; go_on(now, started); now = now_us()) {
        uint64_t due;
        while ((due = started + acts * period / count + acts * 2654435761u % 1000 * slot / 1000) <= now) {
            act(&clients[order[acts++ % count]]);
            if (acts % 16 == 0) pump(0);
            if ((now = now_us()) >= measured_until && measuring) break;
        }
        if (each_ms) each_ms(now);
        uint64_t wait = due > now ? (due - now) / 1000 + 1 : 0;
        pump(wait > 5 ? 5 : wait);
    }
}

/* Everybody has so many edits under way to its neighbour, always. */
static void edit_at_most(int under_way) {
    uint64_t started = now_us();
    for (uint64_t now = started; go_on(now, started); now = now_us()) {
        int any = 0;
        for (int i = 0; i < client_count; i++)
            if ((int64_t)(clients[i].edits - clients[i].own_seen) < under_way) {
                edit(&clients[i]);
                any = 1;
            }
        pump(any ? 0 : 5);
    }
}

/* Print figures of the measured time, after letting what is under way arrive; return the process's exit code. */
static int report(void) {
    uint64_t stopped = now_us(), left;
    while ((left = missing()) && now_us() < stopped + drain_ms * 1000ull && !counters.closed) pump(5);
    uint64_t ended = now_us();
    Usage at_end = usage();
    double own = own_cpu_us() - own_cpu_at_start;
    measuring = 0;
    long newcomer = counters.closed ? -1 : missing_for_newcomer();
    double deliveries = counters.delivered_measured ? counters.delivered_measured : 1;
    double seconds = (ended - measured_from) / 1e6, cpu = cpu_us(usage_at_start, at_end);
    printf("{\"missing\":%lu,\"repeated\":%lu,\"out_of_order\":%lu,\"missing_for_newcomer\":%ld,\"closed\":%d,"
           "\"updates_per_s\":%.0f,\"deliveries_per_s\":%.0f,\"updates_per_frame\":%.2f,"
           "\"ms_p50\":%.3f,\"ms_p95\":%.3f,\"ms_p99\":%.3f,\"ms_max\":%.3f,"
           "\"cpu_us_per_delivery\":%.3f,\"user_us_per_delivery\":%.3f,\"cpu_us_per_update\":%.1f,"
           "\"cpu_percent\":%.1f,\"deliveries_per_core_s\":%.0f,\"rss_kb\":%ld,\"load_cpu_percent\":%.1f}\n",
           left, counters.repeated, counters.lost, newcomer, counters.closed,
           counters.sent_measured / (measure_ms / 1e3), counters.delivered_measured / seconds,
           (double)(counters.delivered + counters.echoes) / (counters.update_frames ? counters.update_frames : 1),
           percentile(&latencies, .5) / 1e3, percentile(&latencies, .95) / 1e3, percentile(&latencies, .99) / 1e3,
           latencies.highest / 1e3, cpu / deliveries, (at_end.user_us - usage_at_start.user_us) / deliveries,
           cpu / (counters.sent_measured ? counters.sent_measured : 1), cpu / seconds / 1e4,
           counters.delivered_measured / (cpu / 1e6), at_end.resident_kb, own / seconds / 1e4);
    return left || counters.closed || counters.lost || newcomer ? 3 : 0;
}

static int report_presence(void) {
    uint64_t stopped = now_us(), arrived;
    Usage at_end = usage();
    double own = own_cpu_us() - own_cpu_at_start, seconds = (stopped - measured_from) / 1e6;
    double cpu = cpu_us(usage_at_start, at_end);
    uint64_t delivered = counters.delivered_measured;
    do { /* late ones count with their lateness */
        arrived = counters.moves_delivered;
        wait_ms(300);
    } while (counters.moves_delivered != arrived && now_us() < stopped + drain_ms * 1000ull);
    uint64_t unseen = 0;
    for (int i = 0; i < client_count; i++) {
        const Client *room = &clients[clients[i].room * options.per_room];
        for (int place = 0; place < options.per_room; place++)
            if (place != clients[i].place && clients[i].presence[place] < room[place].moves) unseen++;
    }
    printf("{\"moves_per_s\":%.0f,\"deliveries_per_s\":%.0f,\"never_seen\":%lu,\"skipped\":%lu,\"closed\":%d,"
           "\"ms_p50\":%.3f,\"ms_p95\":%.3f,\"ms_p99\":%.3f,\"ms_max\":%.3f,\"cpu_percent\":%.1f,"
           "\"cpu_us_per_delivery\":%.3f,\"frames_per_s\":%.0f,\"rss_kb\":%ld,\"load_cpu_percent\":%.1f}\n",
           counters.sent_measured / (measure_ms / 1e3), delivered / seconds, unseen, counters.moves_skipped,
           counters.closed, percentile(&latencies, .5) / 1e3, percentile(&latencies, .95) / 1e3,
           percentile(&latencies, .99) / 1e3, latencies.highest / 1e3, cpu / seconds / 1e4,
           cpu / (delivered ? delivered : 1), counters.presence_frames / ((now_us() - measured_from) / 1e6),
           at_end.resident_kb, own / seconds / 1e4);
    return counters.closed ? 3 : 0;
}

/* -- soak: rooms are left by all and come to life again, one every so often, in turn */

enum Stay { HERE, LEAVING, AWAY, COMING };
static enum Stay *stay;
static uint64_t *back_at, next_leaves_at, next_sample_at;
static int next_room;
static Buffer samples;

static void edit_if_here(Client *client) {
    if (stay[client->room] == HERE) edit(client);
}

static int all(int room, int (*is_so)(const Client *)) {
    for (int place = 0; place < options.per_room; place++)
        if (!is_so(&clients[room * options.per_room + place])) return 0;
    return 1;
}

static int is_synced(const Client *client) { return client->state == SYNCED; }

static int has_all(const Client *client) {
    const Client *room = &clients[client->room * options.per_room];
    for (int place = 0; place < options.per_room; place++)
        if (place != client->place && client->seen[place] < room[place].edits) return 0;
    return 1;
}

/* A whole room goes once everybody has everything, and forgets what it has seen: coming back must bring it all. */
static void leave(int room, uint64_t now) {
    stay[room] = AWAY;
    back_at[room] = now + away_ms * 1000ull;
    for (int place = 0; place < options.per_room; place++) {
        Client *client = &clients[room * options.per_room + place];
        close_client(client);
        memset(client->seen, 0, options.per_room * sizeof *client->seen);
    }
}

static void come_back(int room) {
    stay[room] = COMING;
    for (int place = 0; place < options.per_room; place++) connect_client(&clients[room * options.per_room + place]);
}

static void sample_memory(void) {
    char text[32];
    put(&samples, text, snprintf(text, sizeof text, "%s%ld", samples.size ? "," : "", usage().resident_kb));
}

static void change_rooms(uint64_t now) {
    if (now >= next_leaves_at) {
        next_leaves_at = now + leave_every_ms * 1000ull;
        if (stay[next_room] == HERE) stay[next_room] = LEAVING;
        next_room = (next_room + 1) % options.rooms;
    }
    for (int room = 0; room < options.rooms; room++) {
        if (stay[room] == LEAVING && all(room, has_all)) leave(room, now);
        else if (stay[room] == AWAY && now >= back_at[room]) come_back(room);
        else if (stay[room] == COMING && all(room, is_synced)) {
            if (!all(room, has_all)) die("somebody who came back was not given everything");
            stay[room] = HERE;
        }
    }
    if (now >= next_sample_at) {
        next_sample_at = now + 10000000;
        sample_memory();
    }
}

static int soak(void) {
    stay = calloc(options.rooms, sizeof *stay);
    back_at = calloc(options.rooms, sizeof *back_at);
    next_leaves_at = now_us() + leave_every_ms * 1000ull;
    act_at_rate(edit_if_here, change_rooms);
    for (int room = 0; room < options.rooms; room++) /* those who are away missed nothing: nobody wrote */
        if (stay[room] == AWAY) come_back(room);
    for (uint64_t limit = now_us() + 20000000; now_us() < limit && !counters.closed; pump(20)) {
        int synced = 1;
        for (int i = 0; i < client_count; i++) synced &= is_synced(&clients[i]);
        if (synced) break;
    }
    int code = report();
    for (int i = 0; i < client_count; i++) close_client(&clients[i]);
    wait_ms(away_ms);
    sample_memory();
    printf("{\"rss_kb_every_10_s\":[%.*s]}\n", (int)samples.size, (char *)samples.bytes);
    return code;
}

/* -- options */

static const struct option NAMES[] = {
    {"port", 1, 0, 'p'},       {"path", 1, 0, 'P'},       {"targets", 1, 0, 'T'},     {"room", 1, 0, 'R'},
    {"root", 1, 0, 'o'},       {"hocuspocus", 0, 0, 'h'}, {"rooms", 1, 0, 'r'},       {"per-room", 1, 0, 'n'},
    {"mode", 1, 0, 'm'},       {"rate", 1, 0, 'f'},       {"ms", 1, 0, 't'},          {"warm-ms", 1, 0, 'w'},
    {"drain-ms", 1, 0, 'd'},   {"settle-ms", 1, 0, 's'},  {"in-flight", 1, 0, 'k'},   {"at-once", 1, 0, 'c'},
    {"updates", 1, 0, 'u'},    {"pid", 1, 0, 'i'},        {"leave-every-ms", 1, 0, 'l'}, {"away-ms", 1, 0, 'a'},
    {"senders", 1, 0, 'S'},
    {0}};

static void read_options(int count, char **arguments) {
    int option;
    while ((option = getopt_long(count, arguments, "", NAMES, NULL)) != -1) {
        switch (option) {
        case 'p': options.port = atoi(optarg); break;
        case 'P': options.path = optarg; break;
        case 'T': options.targets = optarg; break;
        case 'R': options.room = optarg; break;
        case 'o': options.root = optarg; break;
        case 'h': options.hocuspocus = 1; break;
        case 'r': options.rooms = atoi(optarg); break;
        case 'n': options.per_room = atoi(optarg); break;
        case 'm': mode = optarg; break;
        case 'f': rate = atof(optarg); break;
        case 't': measure_ms = atoi(optarg); break;
        case 'w': warm_ms = atoi(optarg); break;
        case 'd': drain_ms = atoi(optarg); break;
        case 's': settle_ms = atoi(optarg); break;
        case 'k': in_flight = atoi(optarg); break;
        case 'c': at_once = atoi(optarg); break;
        case 'u': preloaded = optarg; break;
        case 'i': watch_process(atoi(optarg)); break;
        case 'l': leave_every_ms = atoi(optarg); break;
        case 'S': senders = atoi(optarg); break;
        case 'a': away_ms = atoi(optarg); break;
        default: exit(2);
        }
    }
}

int main(int count, char **arguments) {
    read_options(count, arguments);
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    make_clients();
    if (!strcmp(mode, "join")) return join(), 0;
    if (!strcmp(mode, "preload")) return preload(), 0;
    if (!strcmp(mode, "idle")) return idle(), 0;
    connect_all(at_once);
    wait_ms(settle_ms);
    if (!strcmp(mode, "soak")) return soak();
    if (!strcmp(mode, "presence")) {
        act_at_rate(move_caret, NULL);
        return report_presence();
    }
    if (!strcmp(mode, "saturate")) edit_at_most(in_flight);
    else if (!strcmp(mode, "rate")) act_at_rate(edit, NULL);
    else die("unknown mode");
    return report();
}
