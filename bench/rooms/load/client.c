#define _GNU_SOURCE
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SYNC = 0, AWARENESS = 1, HOCUSPOCUS_AUTH = 2, HOCUSPOCUS_SYNC_REPLY = 4 };
enum { STEP1 = 0, STEP2 = 1, UPDATE = 2 };
enum { MARKER = 13, SEQUENCES = 4096 };

struct Options options = {"127.0.0.1", "/", "bench", "consensus-statement", NULL, 1234, 0, 1, 50};
struct Counters counters;
Histogram latencies;
int measuring;
Client *clients;
int client_count;

static int events = -1;
static uint32_t first_id;
static Buffer message, update;

static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static int8_t value_of_letter[256];

void die(const char *text) {
    printf("{\"error\":\"%s\",\"synced\":%d,\"closed\":%d}\n", text, counters.synced, counters.closed);
    exit(1);
}

/* -- writing */

static void want_events(Client *client, uint32_t what) {
    struct epoll_event event = {what, {.ptr = client}};
    epoll_ctl(events, EPOLL_CTL_MOD, client->socket, &event);
}

void flush(Client *client) {
    while (client->sent_out < client->out.size) {
        ssize_t sent = send(client->socket, client->out.bytes + client->sent_out,
                            client->out.size - client->sent_out, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            if (!client->waits_to_write) want_events(client, EPOLLIN | EPOLLOUT);
            client->waits_to_write = 1;
            return;
        }
        if (sent < 0) return; /* the reading side will find out */
        client->sent_out += sent;
    }
    client->out.size = client->sent_out = 0;
    if (client->waits_to_write) want_events(client, EPOLLIN);
    client->waits_to_write = 0;
}

/* Queue one WebSocket frame, masked with a key of zeros. */
static void queue_frame(Client *client, int opcode, const uint8_t *data, size_t size) {
    uint8_t head[14] = {0x80 | opcode};
    int length = 2;
    if (size < 126) {
        head[1] = 0x80 | size;
    } else {
        int bytes = size < 65536 ? 2 : 8;
        head[1] = 0x80 | (bytes == 2 ? 126 : 127);
        for (int i = bytes - 1; i >= 0; i--) head[length++] = (uint64_t)size >> (8 * i);
    }
    put(&client->out, head, length + 4); /* and four zeros */
    put(&client->out, data, size);
}

static void begin_message(const Client *client, int kind) {
    message.size = 0;
    if (options.hocuspocus) {
        char name[128];
        snprintf(name, sizeof name, "%s%d", options.room, client->room);
        put_text(&message, name);
    }
    put_number(&message, kind);
}

static void queue_message(Client *client) { queue_frame(client, 2, message.bytes, message.size); }

static void queue_sync(Client *client, int step, const uint8_t *data, size_t size) {
    begin_message(client, SYNC);
    put_number(&message, step);
    put_bytes(&message, data, size);
    queue_message(client);
}

void send_update(Client *client, const uint8_t *data, size_t size) {
    queue_sync(client, UPDATE, data, size);
    flush(client);
}

static void write_marker(char *marker, int place, uint64_t number) {
    uint64_t time = now_us();
    *marker++ = '~';
    for (int shift = 42; shift >= 0; shift -= 6) *marker++ = LETTERS[(time >> shift) & 63];
    *marker++ = LETTERS[(place >> 6) & 63];
    *marker++ = LETTERS[place & 63];
    *marker++ = LETTERS[(number >> 6) & 63];
    *marker++ = LETTERS[number & 63];
}

void edit(Client *client) {
    char marker[MARKER];
    write_marker(marker, client->place, client->edits);
    update.size = 0;
    put_number(&update, 1); /* client */
    put_number(&update, 1); /* struct */
    put_number(&update, client->id);
    put_number(&update, client->clock);
    if (client->clock == 0) {
        put_byte(&update, 4); /* a string in a root */
        put_number(&update, 1);
        put_text(&update, options.root);
    } else {
        put_byte(&update, 0x84); /* a string right of its own last letter */
        put_number(&update, client->id);
        put_number(&update, client->clock - 1);
    }
    put_bytes(&update, marker, MARKER);
    put_number(&update, 0); /* nothing deleted */
    client->clock += MARKER;
    client->edits++;
    counters.sent++;
    counters.sent_measured += measuring;
    send_update(client, update.bytes, update.size);
}

void move_caret(Client *client) {
    char marker[MARKER], state[640];
    write_marker(marker, client->place, client->moves);
    int size = snprintf(
        state, sizeof state,
        "{\"user\":{\"name\":\"Participant %d\",\"color\":\"#30bced\"},\"cursor\":{"
        "\"anchor\":{\"type\":null,\"tname\":\"%s\",\"item\":{\"client\":%u,\"clock\":%u},\"assoc\":0},"
        "\"head\":{\"type\":null,\"tname\":\"%s\",\"item\":{\"client\":%u,\"clock\":%u},\"assoc\":0}},"
        "\"moved\":\"%.13s\"}",
        client->place, options.root, client->id, client->moves, options.root, client->id, client->moves, marker);
    update.size = 0;
    put_number(&update, 1);
    put_number(&update, client->id);
    put_number(&update, ++client->moves);
    put_bytes(&update, state, size);
    begin_message(client, AWARENESS);
    put_bytes(&message, update.bytes, update.size);
    queue_message(client);
    flush(client);
    counters.moves++;
    counters.sent_measured += measuring;
}

/* -- reading */

/* Take a marker's four parts apart; return 0 if these are other characters. */
static int read_marker(const uint8_t *at, uint64_t *time, int *place, uint32_t *number) {
    int parts[MARKER - 1];
    for (int i = 0; i < MARKER - 1; i++)
        if ((parts[i] = value_of_letter[at[i + 1]]) < 0) return 0;
    *time = 0;
    for (int i = 0; i < 8; i++) *time = *time << 6 | parts[i];
    *place = parts[8] << 6 | parts[9];
    *number = parts[10] << 6 | parts[11];
    return 1;
}

static void note_latency(uint64_t sent_at, uint64_t now) {
    counters.delivered_measured++;
    note(&latencies, now > sent_at ? now - sent_at : 0);
}

/* Take one edit in, in its sender's order. A catch-up (`quietly`) is no delivery. */
static void see_edit(Client *client, int place, uint32_t number, uint64_t sent_at, uint64_t now, int quietly) {
    if (place >= options.per_room) return;
    if (place == client->place) {
        counters.echoes += !quietly;
        return;
    }
    uint32_t ahead = (number - client->seen[place]) % SEQUENCES;
    if (ahead >= SEQUENCES / 2) {
        counters.repeated += !quietly;
        return;
    }
    counters.lost += ahead;
    client->seen[place] += ahead + 1;
    if (quietly) return;
    counters.delivered++;
    if ((place + 1) % options.per_room == client->place)
        clients[client->room * options.per_room + place].own_seen++;
    if (measuring) note_latency(sent_at, now);
}

static void see_edits(Client *client, const uint8_t *at, const uint8_t *end, uint64_t now, int quietly) {
    while (at + MARKER <= end && (at = memchr(at, '~', end - at - MARKER + 1))) {
        uint64_t time;
        int place;
        uint32_t number;
        if (read_marker(at, &time, &place, &number)) {
            see_edit(client, place, number, time, now, quietly);
            at += MARKER;
        } else {
            at++;
        }
    }
}

/* Take an awareness update in, and send what was new in it back, as y-websocket's and Hocuspocus' providers do. */
static void see_presence(Client *client, const uint8_t *at, const uint8_t *end, uint64_t now) {
    static Buffer news;
    uint64_t count = take_number(&at, end), new_ones = 0;
    news.size = 0;
    for (; count && at < end; count--) {
        const uint8_t *start = at;
        uint64_t id = take_number(&at, end), clock = take_number(&at, end), size = take_number(&at, end);
        const uint8_t *state = at;
        if (size > (uint64_t)(end - at)) return;
        at += size;
        uint64_t place = id - first_id - (uint64_t)client->room * options.per_room;
        if (place >= (uint64_t)options.per_room || place == (uint64_t)client->place) continue;
        if (clock <= client->presence[place]) continue;
        counters.moves_skipped += client->presence[place] ? clock - client->presence[place] - 1 : 0;
        client->presence[place] = clock;
        put(&news, start, at - start);
        new_ones++;
        uint64_t time;
        int sender;
        uint32_t number;
        const uint8_t *marker = memmem(state, size, "\"moved\":\"~", 10);
        if (!marker || !read_marker(marker + 9, &time, &sender, &number)) continue;
        counters.moves_delivered++;
        if (measuring) note_latency(time, now);
    }
    if (!new_ones) return;
    static Buffer echo;
    echo.size = 0;
    put_number(&echo, new_ones);
    put(&echo, news.bytes, news.size);
    begin_message(client, AWARENESS);
    put_bytes(&message, echo.bytes, echo.size);
    queue_message(client);
    flush(client);
}

static void see_step2(Client *client, const uint8_t *at, const uint8_t *end, uint64_t now) {
    client->step2_size = end - at;
    if (client->state == OPEN) {
        client->state = SYNCED;
        client->synced_at = now;
        counters.synced++;
        see_edits(client, at, end, now, 1);
    } else {
        see_edits(client, at, end, now, 0); /* a server that brings the slow up to date this way */
    }
}

static void receive_message(Client *client, const uint8_t *at, size_t size) {
    const uint8_t *end = at + size;
    uint64_t now = now_us();
    counters.messages++;
    if (options.hocuspocus) {
        uint64_t name = take_number(&at, end);
        if (name > (uint64_t)(end - at)) return;
        at += name;
    }
    uint64_t kind = take_number(&at, end);
    if (kind == AWARENESS) {
        counters.presence_frames++;
        take_number(&at, end);
        see_presence(client, at, end, now);
    } else if (options.hocuspocus && kind == HOCUSPOCUS_AUTH) {
        if (take_number(&at, end) == 1) die("permission denied");
    } else if (kind == SYNC || (options.hocuspocus && kind == HOCUSPOCUS_SYNC_REPLY)) {
        uint64_t step = take_number(&at, end);
        if (step == STEP1) {
            queue_sync(client, STEP2, (const uint8_t *)"\0\0", 2); /* of what we had before: nothing */
            flush(client);
        } else if (step == STEP2) {
            see_step2(client, at, end, now);
        } else if (step == UPDATE) {
            counters.update_frames++;
            see_edits(client, at, end, now, 0);
        }
    }
}

static void greet(Client *client) {
    client->state = OPEN;
    if (options.hocuspocus) {
        begin_message(client, HOCUSPOCUS_AUTH);
        put_number(&message, 0);
        put_text(&message, "token");
        queue_message(client);
    }
    queue_sync(client, STEP1, (const uint8_t *)"\0", 1);
    flush(client);
}

static void lose_client(Client *client, const char *why) {
    fprintf(stderr, "client %d of room %d: %s\n", client->place, client->room, why);
    counters.closed++;
    close_client(client);
}

/* Handle the frames that are whole; return how many bytes they took. */
static size_t read_frames(Client *client, const uint8_t *data, size_t size) {
    size_t at = 0;
    while (client->state != CLOSED && size - at >= 2) {
        const uint8_t *frame = data + at;
        size_t head = 2, length = frame[1] & 127;
        if (length >= 126) {
            int bytes = length == 126 ? 2 : 8;
            if (size - at < head + bytes) break;
            for (length = 0; bytes; bytes--) length = length << 8 | frame[head++];
        }
        if (size - at < head + length) break;
        int opcode = frame[0] & 15, final = frame[0] & 128;
        const uint8_t *body = frame + head;
        at += head + length;
        if (opcode == 8) {
            fprintf(stderr, "close code %d %.*s\n", length > 1 ? body[0] << 8 | body[1] : 0,
                    length > 2 ? (int)length - 2 : 0, body + 2);
            lose_client(client, "the server closed");
        } else if (opcode == 9) {
            queue_frame(client, 10, body, length);
            flush(client);
        } else if (opcode != 10 && final && opcode) {
            receive_message(client, body, length);
        } else if (opcode != 10) {
            if (opcode) client->fragments.size = 0;
            put(&client->fragments, body, length);
            if (final) receive_message(client, client->fragments.bytes, client->fragments.size);
        }
    }
    return at;
}

static void feed(Client *client) {
    size_t used = 0;
    if (client->state == HANDSHAKE) {
        uint8_t *end = memmem(client->in.bytes, client->in.size, "\r\n\r\n", 4);
        if (!end) return;
        if (memcmp(client->in.bytes, "HTTP/1.1 101", 12)) {
            fprintf(stderr, "%.60s\n", (char *)client->in.bytes);
            lose_client(client, "handshake refused");
            return;
        }
        used = end + 4 - client->in.bytes;
        greet(client);
    }
    used += read_frames(client, client->in.bytes + used, client->in.size - used);
    if (client->state == CLOSED) return;
    memmove(client->in.bytes, client->in.bytes + used, client->in.size - used);
    client->in.size -= used;
}

static void request(Client *client) {
    char text[2048];
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(client->socket, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
        lose_client(client, strerror(error));
        return;
    }
    const char *slash = options.path[strlen(options.path) - 1] == '/' ? "" : "/";
    char target[1024];
    if (client->target)
        snprintf(target, sizeof target, "%s", client->target);
    else if (options.hocuspocus)
        snprintf(target, sizeof target, "%s", options.path);
    else
        snprintf(target, sizeof target, "%s%s%s%d", options.path, slash, options.room, client->room);
    int length = snprintf(text, sizeof text,
                          "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                          target, options.host, options.port);
    client->state = HANDSHAKE;
    put(&client->out, text, length);
    client->waits_to_write = 1;
    flush(client);
}

static void handle(Client *client, uint32_t what) {
    static uint8_t data[256 * 1024];
    if (client->state == CLOSED) return;
    if (client->state == CONNECTING) {
        if (what & (EPOLLOUT | EPOLLERR | EPOLLHUP)) request(client);
        return;
    }
    if (what & EPOLLOUT) flush(client);
    if (what & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        ssize_t size = recv(client->socket, data, sizeof data, 0);
        if (size < 0 && errno == EAGAIN) return;
        if (size <= 0) {
            lose_client(client, "connection lost");
            return;
        }
        counters.bytes += size;
        put(&client->in, data, size);
        feed(client);
    }
}

void pump(int milliseconds) {
    struct epoll_event ready[512];
    int count = epoll_wait(events, ready, 512, milliseconds);
    for (int i = 0; i < count; i++) handle(ready[i].data.ptr, ready[i].events);
}

/* -- connecting */

void connect_client(Client *client) {
    int yes = 1;
    client->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (client->socket < 0) die("no more sockets; raise ulimit -n");
    setsockopt(client->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(options.port)};
    inet_pton(AF_INET, options.host, &address.sin_addr);
    client->connected_at = now_us();
    client->state = CONNECTING;
    client->in.size = client->out.size = client->sent_out = client->waits_to_write = 0;
    connect(client->socket, (struct sockaddr *)&address, sizeof address);
    struct epoll_event event = {EPOLLOUT | EPOLLIN, {.ptr = client}};
    epoll_ctl(events, EPOLL_CTL_ADD, client->socket, &event);
}

void close_client(Client *client) {
    if (client->state == CLOSED) return;
    client->state = CLOSED;
    close(client->socket);
}

void connect_all(int at_once) {
    uint64_t limit = now_us() + 60000000;
    int opened = 0;
    for (int first = 1; first >= 0; first--) {
        int next = 0;
        do {
            for (; next < client_count && opened - counters.synced < at_once; next++)
                if ((clients[next].place == 0) == first) {
                    connect_client(&clients[next]);
                    opened++;
                }
            pump(10);
            if (counters.closed || now_us() > limit) die("could not open all connections");
        } while (next < client_count || counters.synced < opened);
    }
}

/* One line per client: the target of its request, with its own token. */
static void read_targets(void) {
    char line[1024];
    FILE *file = fopen(options.targets, "r");
    if (!file) die("cannot read the targets");
    for (int i = 0; i < client_count; i++) {
        if (!fgets(line, sizeof line, file)) die("too few targets");
        line[strcspn(line, "\n")] = 0;
        clients[i].target = strdup(line);
    }
    fclose(file);
}

static void init_client(Client *client, int room, int place, uint32_t id) {
    client->room = room;
    client->place = place;
    client->id = id;
    client->state = CLOSED;
    client->seen = calloc(options.per_room, sizeof *client->seen);
    client->presence = calloc(options.per_room, sizeof *client->presence);
}

void make_clients(void) {
    memset(value_of_letter, -1, sizeof value_of_letter);
    for (int i = 0; i < 64; i++) value_of_letter[(uint8_t)LETTERS[i]] = i;
    events = epoll_create1(0);
    client_count = options.rooms * options.per_room;
    clients = calloc(client_count, sizeof *clients);
    first_id = 0x10000000u + now_us() % 100000 * 8192;
    for (int i = 0; i < client_count; i++)
        init_client(&clients[i], i / options.per_room, i % options.per_room, first_id + i);
    if (options.targets) read_targets();
}

long missing_for_newcomer(void) {
    static Client newcomer;
    init_client(&newcomer, 0, options.per_room, first_id + client_count);
    newcomer.target = clients[0].target;
    newcomer.place = options.per_room; /* nobody: all edits are others' */
    uint64_t lost = counters.lost, limit = now_us() + 10000000;
    connect_client(&newcomer);
    while (newcomer.state != SYNCED && newcomer.state != CLOSED && now_us() < limit) pump(10);
    if (newcomer.state != SYNCED) return -1;
    close_client(&newcomer);
    long missing = counters.lost - lost;
    counters.lost = lost;
    for (int place = 0; place < options.per_room; place++) missing += clients[place].edits - newcomer.seen[place];
    return missing;
}
