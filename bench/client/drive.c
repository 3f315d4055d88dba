/* The client of the benchmark: it replays a plan over HTTP/1.1 and tells how long everything took.
 *
 *     drive PORT < plan > figures.json
 *
 * The plan is made by plans.py. It has phases, which follow each other; each has lanes, which run at once, a thread and
 * a kept connection each; a lane sends its requests in turn. Lines, and what follows the line of a request:
 *
 *     source PATH                                          where the bytes of bodies come from
 *     phase
 *     lane
 *     send LABEL REPEAT PACE HEAD START LENGTH TAIL        then HEAD bytes, TAIL bytes and a line end
 *
 * A request is HEAD, then LENGTH bytes of the source from START on, then TAIL. It is sent REPEAT times, or, when that
 * is 0, for as long as another lane of the phase has something to do; PACE microseconds after the one before was due, or
 * at once when 0. Times of paced requests count from when they were due. Bodies go out by sendfile, so that the client
 * costs as little as it can; what it did cost is in the figures.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_LANES = 1024, MOST_LABELS = 64, MOST_PHASES = 1024, ANSWER = 1 << 16 };

struct request {
    int label;
    long repeat, pace;
    size_t head_length, length, tail_length;
    off_t start;
    char *head, *tail;
    struct request *next;
};

struct lane {
    int number;
    struct request *first, *last;
    int *labels;
    double *times;
    size_t count, room;
    unsigned long long sent, received;
};

static struct lane lanes[MOST_LANES];
static int sockets[MOST_LANES];
static char labels[MOST_LABELS][32];
static double phases[MOST_PHASES];
static int label_count, phase_count, source = -1, port;
static atomic_int busy;

static void fail(const char *what) {
    fprintf(stderr, "drive: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

static void wait_until(double due) {
    struct timespec at = {.tv_sec = (time_t)due, .tv_nsec = (long)((due - (time_t)due) * 1e9)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

static int dial(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct timeval patience = {.tv_sec = 300};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) fail("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return fd;
}

static void send_bytes(int fd, const char *bytes, size_t length, int more) {
    while (length) {
        ssize_t done = send(fd, bytes, length, more ? MSG_MORE : 0);
        if (done <= 0) fail("send");
        bytes += done;
        length -= done;
    }
}

static void send_request(int fd, const struct request *request) {
    off_t at = request->start, end = at + (off_t)request->length;
    send_bytes(fd, request->head, request->head_length, request->length + request->tail_length > 0);
    while (at < end)
        if (sendfile(fd, source, &at, end - at) <= 0) fail("sendfile");
    send_bytes(fd, request->tail, request->tail_length, 0);
}

/* Whoever downloads reads what comes: dropped in the kernel, bytes sent by sendfile would never be touched at all. */
static void read_body(int fd, size_t length) {
    static __thread char buffer[256 << 10];
    while (length) {
        ssize_t done = recv(fd, buffer, length < sizeof buffer ? length : sizeof buffer, 0);
        if (done <= 0) fail("receive");
        length -= done;
    }
}

/* Reads one answer; returns its size in bytes. Anything but a success ends the program. */
static size_t receive_answer(int fd) {
    char answer[ANSWER + 1], *body = NULL, *field;
    size_t have = 0, length = 0;
    int status;
    while (!body) {
        ssize_t done = recv(fd, answer + have, ANSWER - have, 0);
        if (done <= 0) fail("receive");
        answer[have += done] = 0;
        body = strstr(answer, "\r\n\r\n");
    }
    body += 4;
    status = atoi(answer + 9);
    if (status < 200 || status > 299) {
        fprintf(stderr, "drive: %.2000s\n", answer);
        exit(1);
    }
    if ((field = strcasestr(answer, "\r\ncontent-length:")) && field < body)
        length = strtoull(field + 17, NULL, 10);
    else if ((field = strcasestr(answer, "\r\ntransfer-encoding:")) && field < body) {
        while (strcmp(answer + have - 5, "0\r\n\r\n")) {
            ssize_t done = recv(fd, answer + have, ANSWER - have, 0);
            if (done <= 0) fail("receive");
            answer[have += done] = 0;
        }
        return have;
    }
    if (have - (body - answer) < length) read_body(fd, length - (have - (body - answer)));
    return body - answer + length;
}

static void note(struct lane *lane, int label, double seconds) {
    if (lane->count == lane->room) {
        lane->room = lane->room ? 2 * lane->room : 1024;
        lane->labels = realloc(lane->labels, lane->room * sizeof *lane->labels);
        lane->times = realloc(lane->times, lane->room * sizeof *lane->times);
        if (!lane->labels || !lane->times) fail("memory");
    }
    lane->labels[lane->count] = label;
    lane->times[lane->count++] = seconds;
}

static void *run(void *given) {
    struct lane *lane = given;
    int *fd = &sockets[lane->number], counted = lane->first && lane->first->repeat > 0;
    if (!*fd) *fd = dial();
    double due = now();
    for (struct request *request = lane->first; request; request = request->next)
        for (long left = request->repeat; request->repeat ? left-- : atomic_load(&busy);) {
            double begun = now();
            if (request->pace) {
                wait_until(due);
                begun = due;
                due += request->pace / 1e6;
            }
            send_request(*fd, request);
            lane->received += receive_answer(*fd);
            note(lane, request->label, now() - begun);
            lane->sent += request->head_length + request->length + request->tail_length;
        }
    if (counted) atomic_fetch_sub(&busy, 1);
    return NULL;
}

static void run_phase(int count) {
    pthread_t threads[MOST_LANES];
    double begun = now();
    for (int i = 0; i < count; i++) busy += lanes[i].first && lanes[i].first->repeat > 0;
    for (int i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, run, &lanes[i])) fail("thread");
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < count; i++) lanes[i].first = lanes[i].last = NULL;
    phases[phase_count++] = now() - begun;
}

static char *take(size_t length) {
    char *bytes = malloc(length + 1);
    if (!bytes || fread(bytes, 1, length, stdin) != length) fail("plan");
    return bytes;
}

static int label_of(const char *name) {
    for (int i = 0; i < label_count; i++)
        if (!strcmp(labels[i], name)) return i;
    if (label_count == MOST_LABELS) fail("labels");
    strcpy(labels[label_count], name);
    return label_count++;
}

static void add(struct lane *lane, const char *line) {
    struct request *request = calloc(1, sizeof *request);
    char label[32];
    long start;
    if (sscanf(line, "send %31s %ld %ld %zu %ld %zu %zu", label, &request->repeat, &request->pace,
               &request->head_length, &start, &request->length, &request->tail_length) != 7)
        fail("plan");
    request->start = start;
    request->label = label_of(label);
    request->head = take(request->head_length);
    request->tail = take(request->tail_length);
    *(lane->first ? &lane->last->next : &lane->first) = request;
    lane->last = request;
}

static void print_figures(void) {
    struct rusage used;
    unsigned long long sent = 0, received = 0;
    getrusage(RUSAGE_SELF, &used);
    printf("{\"cpu\": %.6f, \"phases\": [", used.ru_utime.tv_sec + used.ru_stime.tv_sec +
                                                 (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
    for (int i = 0; i < phase_count; i++) printf("%s%.6f", i ? ", " : "", phases[i]);
    printf("], \"times\": {");
    for (int label = 0; label < label_count; label++) {
        const char *comma = "";
        printf("%s\"%s\": [", label ? ", " : "", labels[label]);
        for (int i = 0; i < MOST_LANES; i++)
            for (size_t k = 0; k < lanes[i].count; k++)
                if (lanes[i].labels[k] == label) printf("%s%.6f", comma, lanes[i].times[k]), comma = ", ";
        printf("]");
    }
    for (int i = 0; i < MOST_LANES; i++) sent += lanes[i].sent, received += lanes[i].received;
    printf("}, \"sent\": %llu, \"received\": %llu}\n", sent, received);
}

int main(int count, char **words) {
    char *line = NULL;
    size_t room = 0;
    int lane = 0;
    if (count != 2) return fprintf(stderr, "usage: drive PORT < plan\n"), 2;
    port = atoi(words[1]);
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < MOST_LANES; i++) lanes[i].number = i;
    while (getline(&line, &room, stdin) > 0) {
        line[strcspn(line, "\n")] = 0;
        if (!strncmp(line, "source ", 7)) {
            if ((source = open(line + 7, O_RDONLY)) < 0) fail(line + 7);
        } else if (!strcmp(line, "phase")) {
            if (lane) run_phase(lane);
            if (phase_count == MOST_PHASES) fail("phases");
            lane = 0;
        } else if (!strcmp(line, "lane")) {
            if (lane++ == MOST_LANES) fail("lanes");
        } else if (*line)
            add(&lanes[lane - 1], line);
    }
    if (lane) run_phase(lane);
    print_figures();
    return 0;
}
