/*
 * Yjs clients, thousands in one thread: the WebSocket, y-websocket's or Hocuspocus' messages, edits and presence.
 *
 * Every edit is a real Yjs update (v1): 13 ASCII characters appended to the sender's own run in the root text. They
 * are a marker: '~', the time (8 characters of base 64, microseconds), the sender (2), its sequence number (2, modulo
 * 4096). Receivers look for markers in whatever comes, single, merged or batched, so figures count edits and not
 * frames, and each edit that is lost, repeated or out of order is seen.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdint.h>

#include "buffer.h"
#include "measure.h"

enum State { CONNECTING, HANDSHAKE, OPEN, SYNCED, CLOSED };

typedef struct Client {
    int socket;
    enum State state;
    int room, place;           /* place: its number in its room */
    const char *target;        /* of the request that opens the WebSocket */
    Buffer in, out, fragments; /* fragments of one message */
    size_t sent_out;           /* of `out` */
    int waits_to_write, asked;
    uint32_t id, clock;
    uint64_t edits;        /* how many it has made */
    uint64_t *seen;        /* per place: how many edits of that client it has */
    uint64_t own_seen;     /* how many of its edits its neighbour has, for closed loops */
    uint32_t moves;        /* its presence clock */
    uint32_t *presence;    /* per place: the newest presence clock it has */
    uint64_t connected_at, synced_at;
    uint32_t step2_size;
} Client;

extern struct Options {
    const char *host, *path, *room, *root, *targets;
    int port, hocuspocus, rooms, per_room;
} options;

extern struct Counters {
    uint64_t sent, delivered, echoes, repeated, lost; /* edits; `lost`: jumped over in a sequence */
    uint64_t sent_measured, delivered_measured;
    uint64_t messages, update_frames, presence_frames, bytes;
    uint64_t moves, moves_delivered, moves_skipped; /* presence; skipped: a newer one came instead */
    int closed, synced;
} counters;

extern Histogram latencies;
extern int measuring;

extern Client *clients;
extern int client_count;

void make_clients(void);
void connect_client(Client *client);
void close_client(Client *client);

/* Connect all, `at_once` handshakes at a time; dies when one fails. The first of each room goes first:
   some servers fail when two clients race to create a room. */
void connect_all(int at_once);

/* Handle what the network has, waiting at most so long for it. */
void pump(int milliseconds);

void send_update(Client *client, const uint8_t *update, size_t size);
void edit(Client *client);
void move_caret(Client *client);
void flush(Client *client);

/* Join room 0 once more and compare what the server gives a newcomer with what was sent; return how many edits
   are missing there, or -1 if nothing came. */
long missing_for_newcomer(void);

/* Print an error as JSON and end. */
void die(const char *message);

#endif
