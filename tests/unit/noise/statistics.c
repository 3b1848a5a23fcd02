/* Statistics for the sampler tests, in long double, from their definitions. */
#include "statistics.h"

#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static weir_status fixed_bytes(void *state, void *bytes, size_t len, struct weir_error *error) {
    struct fixed_entropy *entropy = state;
    entropy->calls++;
    if (entropy->calls == entropy->fail_at)
        return weir_fail(error, WEIR_ERROR_SYSTEM, "entropy failed");
    unsigned char key[crypto_stream_chacha20_KEYBYTES];
    unsigned char nonce[crypto_stream_chacha20_NONCEBYTES];
    memset(key, entropy->key, sizeof key);
    uint64_t block = entropy->block++;
    memcpy(nonce, &block, sizeof block);
    weir_check(crypto_stream_chacha20(bytes, len, nonce, key) == 0);
    return WEIR_OK;
}

void fixed_entropy_start(struct fixed_entropy *entropy, unsigned char key) {
    *entropy = (struct fixed_entropy){.key = key};
    entropy->env = *weir_env_system();
    entropy->env.state = entropy;
    entropy->env.entropy = fixed_bytes;
}

long double gaussian_weight(int64_t x, long double scale) {
    return expl(-(long double)x * (long double)x / (2 * scale * scale));
}

long double laplace_weight(int64_t x, long double scale) {
    return expl(-fabsl((long double)x) / scale);
}

/* Upper regularised incomplete gamma Q(a, x): series below a + 1, Lentz's continued fraction above.
 */
static long double gamma_upper(long double a, long double x) {
    if (x <= 0)
        return 1;
    long double front = expl(a * logl(x) - x - lgammal(a));
    if (x < a + 1) {
        long double term = 1 / a, sum = term;
        for (int n = 1; n < 10000 && term > sum * 1e-18L; n++) {
            term *= x / (a + n);
            sum += term;
        }
        return 1 - front * sum;
    }
    long double b = x + 1 - a, c = 1e300L, d = 1 / b, h = d;
    for (int n = 1; n < 10000; n++) {
        long double an = -(long double)n * (n - a);
        b += 2;
        d = 1 / (an * d + b);
        c = b + an / c;
        h *= d * c;
        if (fabsl(d * c - 1) < 1e-17L)
            break;
    }
    return front * h;
}

double chi_square_tail(double statistic, double freedom) {
    return (double)gamma_upper(freedom / 2.0L, statistic / 2.0L);
}

double chi_square_p(const int64_t *draws, size_t count, weight_function *weight,
                    long double scale) {
    int64_t reach = (int64_t)(40 * scale) + 40, edge = 0;
    long double total = 0;
    for (int64_t x = -reach; x <= reach; x++)
        total += weight(x, scale);
    while (edge < reach && weight(edge + 1, scale) / total * (long double)count >= 20)
        edge++;
    /* Cells: below -edge, -edge..edge, above edge. */
    size_t cells = (size_t)(2 * edge + 3);
    double *seen = calloc(cells, sizeof *seen), *expected = calloc(cells, sizeof *expected);
    weir_check(seen != NULL && expected != NULL);
    for (int64_t x = -reach; x <= reach; x++) {
        int64_t cell = x < -edge ? 0 : x > edge ? 2 * edge + 2 : x + edge + 1;
        expected[cell] += (double)(weight(x, scale) / total * (long double)count);
    }
    for (size_t i = 0; i < count; i++) {
        int64_t x = draws[i];
        seen[x < -edge ? 0 : x > edge ? 2 * edge + 2 : x + edge + 1] += 1;
    }
    double statistic = 0;
    for (size_t i = 0; i < cells; i++)
        statistic += (seen[i] - expected[i]) * (seen[i] - expected[i]) / expected[i];
    free(seen);
    free(expected);
    return chi_square_tail(statistic, (double)cells - 1);
}

static int compare_draws(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

double kolmogorov_p(int64_t *draws, size_t count, double scale, double (*cumulative)(double)) {
    qsort(draws, count, sizeof *draws, compare_draws);
    double distance = 0, n = (double)count;
    for (size_t i = 0; i < count; i++) {
        double at = cumulative((double)draws[i] / scale);
        distance = fmax(distance, fmax(at - (double)i / n, (double)(i + 1) / n - at));
    }
    double t = distance * (sqrt(n) + 0.12 + 0.11 / sqrt(n)), p = 0;
    for (int k = 1; k <= 100; k++)
        p += (k % 2 == 1 ? 2 : -2) * exp(-2 * k * k * t * t);
    return fmin(1, fmax(0, p));
}
