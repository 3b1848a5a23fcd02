/* Makes the records of a city that does not exist: the same seed gives the same bytes on every
 * machine.
 *
 *   generate [--residents N] [--seed S] [--out FOLDER]
 *
 * Writes one CSV a table of city.weir. The skew is that of real registers: district sizes follow
 * Zipf's law, ages a pyramid, incomes a log-normal law, some occupations and diagnoses belong to
 * one person alone, and a few people see a doctor hundreds of times a year. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/banned.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { THIS_YEAR = 2026, RESIDENTS_MAX = 100000000 };

struct named {
    const char *code, *label;
    double weight; /* district: km2; sector: median income in thousands a year */
};

static const struct named districts[] = {
    {"D01", "Harbour", 4.2},      {"D02", "Old Town", 1.1},      {"D03", "Millbrook", 6.8},
    {"D04", "Northgate", 5.9},    {"D05", "St. Anne", 2.7},      {"D06", "Riverside", 7.4},
    {"D07", "Orchard Hill", 9.3}, {"D08", "Foundry", 3.5},       {"D09", "Westfield", 11.2},
    {"D10", "Lindenhof", 4.8},    {"D11", "Castle Park", 6.1},   {"D12", "Eastmoor", 13.7},
    {"D13", "Brickfields", 3.9},  {"D14", "Ferry Lane", 2.2},    {"D15", "Saltmarsh", 18.4},
    {"D16", "Observatory", 5.0},  {"D17", "Three Bridges", 8.6}, {"D18", "Copperworks", 4.4},
    {"D19", "Heath", 21.9},       {"D20", "Quarry Side", 10.3},  {"D21", "Weavers' Row", 1.6},
    {"D22", "Airfield", 15.1},    {"D23", "Vineyard", 12.8},     {"D24", "Lighthouse Point", 3.0},
};

static const struct named sectors[] = {
    {"retail", "Retail and wholesale", 26},
    {"health", "Health and care", 33},
    {"industry", "Industry", 37},
    {"education", "Education", 36},
    {"building", "Construction", 32},
    {"public", "Public administration", 39},
    {"transport", "Transport and logistics", 30},
    {"hospitality", "Hotels and restaurants", 22},
    {"it", "Information technology", 55},
    {"finance", "Finance and insurance", 58},
    {"culture", "Arts and culture", 25},
    {"farming", "Farming and forestry", 24},
    {"energy", "Energy and water", 46},
    {"mining", "Mining", 44},
};

static const char *const occupations[] = {
    "shop assistant", "nurse",
    "teacher",        "driver",
    "clerk",          "software developer",
    "cook",           "electrician",
    "cleaner",        "warehouse worker",
    "engineer",       "accountant",
    "carer",          "mechanic",
    "bricklayer",     "waiter",
    "administrator",  "plumber",
    "sales agent",    "machine operator",
    "physician",      "painter",
    "lawyer",         "hairdresser",
    "police officer", "welder",
    "architect",      "baker",
    "gardener",       "social worker",
    "pharmacist",     "journalist",
    "photographer",   "librarian",
    "translator",     "firefighter",
    "actor",          "fisher",
    "forester",       "musician",
};
static const char *const crafts[] = {"restorer of", "collector of", "carver of",   "appraiser of",
                                     "tuner of",    "breeder of",   "polisher of", "binder of",
                                     "painter of",  "keeper of"};
static const char *const materials[] = {"clocks",   "globes",  "organs",  "falcons", "maps",
                                        "masks",    "violins", "orchids", "lenses",  "bells",
                                        "sundials", "puppets", "kites",   "saddles", "fans"};

static const char *const diagnoses[] = {
    "none",       "hypertension",  "back pain",       "diabetes",    "asthma",
    "depression", "allergy",       "migraine",        "arthritis",   "eczema",
    "anaemia",    "heart failure", "epilepsy",        "gout",        "glaucoma",
    "psoriasis",  "tinnitus",      "coeliac disease", "sarcoidosis", "narcolepsy",
};
static const char *const rare_diagnoses[] = {
    "Fabry disease",     "Wilson disease", "Gaucher disease", "Pompe disease",
    "Stickler syndrome", "alkaptonuria",   "cystinosis",      "porphyria",
    "Alport syndrome",   "Usher syndrome", "Noonan syndrome", "moyamoya disease",
    "cherubism",         "Refsum disease", "argyria",
};

static const struct {
    const char *name;
    double weight, minutes, cost; /* the last two: usual ones */
} practices[] = {
    {"general", 0.46, 12, 38},    {"specialist", 0.22, 20, 95}, {"dental", 0.13, 30, 110},
    {"emergency", 0.05, 55, 260}, {"therapy", 0.14, 45, 72},    {"dialysis", 0, 230, 310},
};
static const char *const reasons[] = {"check-up",    "pain",     "infection", "prescription",
                                      "vaccination", "injury",   "follow-up", "certificate",
                                      "advice",      "screening"};

static const char *const countries[] = {
    "here",   "Poland", "Turkey", "Syria",  "Romania", "Italy",    "Ukraine", "India", "Morocco",
    "Greece", "Spain",  "Iran",   "Brazil", "Vietnam", "Ethiopia", "Peru",    "Nepal", "Iceland",
    "Fiji",   "Bhutan", "Malta",  "Gabon",  "Belize",  "Tonga",    "Samoa",
};
static const char *const heatings[] = {"district heating", "gas",  "heat pump", "oil", "wood",
                                       "electric",         "coal", "none"};
static const char *const tenures[] = {"tenant", "owner", "social", "other"};
static const double tenure_weights[] = {0.52, 0.30, 0.15, 0.03};
static const char *const sexes[] = {"F", "M", "X"};
static const double sex_weights[] = {0.506, 0.490, 0.004};

static const char *const given_names[] = {
    "Ada",  "Bruno", "Clara", "David", "Elif", "Farid", "Greta", "Hugo",  "Ines",  "Jonas",
    "Kaya", "Leon",  "Mira",  "Nils",  "Olga", "Pavel", "Rosa",  "Samir", "Tessa", "Viktor",
};
static const char *const family_starts[] = {"Berg", "Stein",  "Wald",  "Linden", "Brun",  "Korn",
                                            "Hof",  "Silber", "Acker", "Mor",    "Vogel", "Rosen"};
static const char *const family_ends[] = {"mann", "feld", "er",   "bach",
                                          "sen",  "ova",  "stad", "ides"};
static const char *const street_starts[] = {"Elm",   "Mill",   "Bridge", "Church",
                                            "Canal", "Garden", "Market", "Station",
                                            "Rope",  "Tanner", "Abbey",  "Lime"};
static const char *const street_ends[] = {"Street", "Lane", "Row", "Avenue", "Court", "Walk"};

/* People in 1,000 by age in steps of five years, from 0-4 to 95-99. */
static const double age_pyramid[] = {46, 48, 50, 52, 64, 76, 79, 74, 68, 62,
                                     61, 66, 67, 56, 48, 37, 26, 13, 5,  2};

/* splitmix64 (Steele, Lea, Flood): one 64-bit state, good enough for records that are made up. */
static uint64_t state;

static uint64_t next_bits(void) {
    state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t bits = state;
    bits = (bits ^ (bits >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    bits = (bits ^ (bits >> 27)) * UINT64_C(0x94D049BB133111EB);
    return bits ^ (bits >> 31);
}

/* In [0, 1). */
static double uniform(void) {
    return (double)(next_bits() >> 11) * 0x1p-53;
}

static size_t below(size_t count) {
    return (size_t)(uniform() * (double)count);
}

/* Both ends can come. */
static int between(int low, int high) {
    return low + (int)below((size_t)(high - low + 1));
}

/* About standard normal: twelve uniforms, so that no libm differs in the last digit. */
static double normal(void) {
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += uniform();
    return sum;
}

static double clamp(double number, double low, double high) {
    return number < low ? low : number > high ? high : number;
}

static size_t weighted(const double *weights, size_t count) {
    double total = 0;
    for (size_t i = 0; i < count; i++)
        total += weights[i];
    double left = uniform() * total;
    for (size_t i = 0; i + 1 < count; i++) {
        left -= weights[i];
        if (left < 0)
            return i;
    }
    return count - 1;
}

/* A place in a list whose k-th member is chosen as 1/(k+1)^exponent. */
struct zipf {
    double weights[64];
    size_t count;
};

static struct zipf zipf_of(size_t count, double exponent) {
    struct zipf zipf = {.count = count};
    for (size_t i = 0; i < count; i++)
        zipf.weights[i] = 1 / pow((double)(i + 1), exponent);
    return zipf;
}

static size_t zipf_draw(const struct zipf *zipf) {
    return weighted(zipf->weights, zipf->count);
}

enum table { DISTRICT, SECTOR, RESIDENT, EMPLOYMENT, HEALTH, HOUSING, VISIT, TABLES };

static const struct {
    const char *name, *header;
} tables[TABLES] = {
    [DISTRICT] = {"public.district", "code,label,area_km2"},
    [SECTOR] = {"public.sector", "code,label"},
    [RESIDENT] = {"city.resident", "resident_id,name,street,birth_year,sex,district,born_in,"
                                   "household_size,moved_in_on"},
    [EMPLOYMENT] = {"city.employment",
                    "resident_id,birth_year,sex,district,sector,occupation,income,"
                    "hours_per_week,registered_on"},
    [HEALTH] = {"city.health", "resident_id,birth_year,sex,district,diagnosis,visits,"
                               "hospital_nights,insured,registered_on"},
    [HOUSING] = {"city.housing", "resident_id,district,tenure,heating,rooms,floor_area,rent,"
                                 "registered_on"},
    [VISIT] = {"city.visit", "visit_no,resident_id,practice,reason,minutes,cost,visited_on"},
};
static FILE *files[TABLES];

static struct {
    struct zipf district, sector, occupation, diagnosis, country, heating, reason;
} laws;

struct person {
    uint64_t id;
    int age, birth_year;
    const char *sex;
    size_t district;
};

static const char *pick(const char *const *list, size_t count) {
    return list[below(count)];
}
#define PICK(list) pick(list, COUNT(list))

/* Draws stand in statements of their own: C leaves the order of a call's arguments open. */
static void print_day(FILE *file, int first_year, int last_year) {
    int year = between(first_year, last_year);
    int month = between(1, 9);
    int day = between(1, 28);
    fprintf(file, "%04d-%02d-%02d\n", year, month, day);
}

static struct person draw_person(uint64_t id) {
    struct person person = {.id = id};
    person.age = 5 * (int)weighted(age_pyramid, COUNT(age_pyramid)) + between(0, 4);
    person.birth_year = THIS_YEAR - person.age;
    person.sex = sexes[weighted(sex_weights, COUNT(sex_weights))];
    person.district = zipf_draw(&laws.district);
    return person;
}

static void write_resident(const struct person *person) {
    FILE *file = files[RESIDENT];
    const char *given = PICK(given_names);
    const char *family_start = PICK(family_starts);
    const char *family_end = PICK(family_ends);
    const char *street_start = PICK(street_starts);
    const char *street_end = PICK(street_ends);
    int house = between(1, 180);
    const char *country = countries[zipf_draw(&laws.country)];
    int household = (int)clamp(1 + floor(fabs(normal()) * 1.8), 1, 12);
    double share = uniform();
    share *= uniform();
    int year = THIS_YEAR - (int)(share * person->age);
    fprintf(file, "%llu,%s %s%s,%s %s %d,%d,%s,%s,%s,%d,", (unsigned long long)person->id, given,
            family_start, family_end, street_start, street_end, house, person->birth_year,
            person->sex, districts[person->district].code, country, household);
    print_day(file, year, year);
}

static void write_occupation(FILE *file) {
    if (uniform() >= 0.004) {
        fputs(occupations[zipf_draw(&laws.occupation)], file);
        return;
    }
    const char *craft = PICK(crafts);
    const char *material = PICK(materials);
    fprintf(file, "%s %s", craft, material);
}

static void write_employment(const struct person *person) {
    if (person->age < 18 || person->age > 67 || uniform() > 0.78)
        return;
    FILE *file = files[EMPLOYMENT];
    size_t sector = zipf_draw(&laws.sector);
    int hours = uniform() < 0.68 ? between(35, 42) : between(6, 34);
    double experience = 0.75 + 0.45 * clamp((person->age - 18) / 30.0, 0, 1);
    double wealth = 1.25 - 0.02 * (double)((person->district * 7) % COUNT(districts));
    double income =
        1000 * sectors[sector].weight * experience * wealth * (hours / 38.0) * exp(0.42 * normal());
    fprintf(file, "%llu,%d,%s,%s,%s,", (unsigned long long)person->id, person->birth_year,
            person->sex, districts[person->district].code, sectors[sector].code);
    write_occupation(file);
    if (uniform() < 0.02)
        fputs(",,", file); /* not reported */
    else
        fprintf(file, ",%.2f,", clamp(income, 0, 250000));
    fprintf(file, "%d,", hours);
    print_day(file, 2025, 2026);
}

/* Of the visits a doctor sees, one in 300 is of somebody who lives elsewhere: without a number, or
 * with one that the register does not know. */
static void write_visit(uint64_t id, size_t practice) {
    static uint64_t number;
    FILE *file = files[VISIT];
    double minutes = practices[practice].minutes * exp(0.4 * normal());
    double cost = practices[practice].cost * exp(0.5 * normal());
    const char *reason = reasons[zipf_draw(&laws.reason)];
    double stranger = uniform() * 600;
    fprintf(file, "%llu,", (unsigned long long)++number);
    if (stranger >= 2)
        fprintf(file, "%llu", (unsigned long long)id);
    else if (stranger >= 1)
        fprintf(file, "%llu", (unsigned long long)(id + RESIDENTS_MAX));
    fprintf(file, ",%s,%s,%d,%.2f,", practices[practice].name, reason, (int)clamp(minutes, 1, 240),
            clamp(cost, 5, 2000));
    print_day(file, 2025, 2026);
}

/* Most as often as the health register says; one in 800 every other day or so. The draws are of a
 * sequence of their own. */
static void write_visits(const struct person *person, int visits, uint64_t seed) {
    double weights[COUNT(practices)];
    uint64_t kept = state;
    state = seed ^ (person->id * UINT64_C(0xD6E8FEB86659FD93));
    for (size_t i = 0; i < COUNT(practices); i++)
        weights[i] = practices[i].weight;
    bool is_in_dialysis = person->age > 20 && uniform() < 1 / 800.0;
    int more = is_in_dialysis ? between(90, 320) : 0;
    for (int i = 0; i < visits; i++)
        write_visit(person->id, weighted(weights, COUNT(weights)));
    for (int i = 0; i < more; i++)
        write_visit(person->id, COUNT(practices) - 1);
    state = kept;
}

/* Gives back how often the person saw a doctor. */
static int write_health(const struct person *person) {
    FILE *file = files[HEALTH];
    double frailty = person->age < 5 ? 4 : 1.5 + person->age / 12.0;
    int visits = (int)clamp(frailty * exp(0.7 * normal()) - 1, 0, 60);
    const char *diagnosis =
        uniform() < 0.002 ? PICK(rare_diagnoses) : diagnoses[zipf_draw(&laws.diagnosis)];
    int nights = uniform() < 0.02 + person->age / 600.0 ? between(1, 3 + person->age / 3) : 0;
    const char *insured = uniform() < 0.985 ? "true" : "false";
    fprintf(file, "%llu,%d,%s,%s,%s,%d,%d,%s,", (unsigned long long)person->id, person->birth_year,
            person->sex, districts[person->district].code, diagnosis, visits, nights, insured);
    print_day(file, 2025, 2026);
    return visits;
}

static void write_housing(const struct person *person) {
    if (person->age < 18)
        return;
    FILE *file = files[HOUSING];
    size_t tenure = weighted(tenure_weights, COUNT(tenure_weights));
    int rooms = (int)clamp(1 + floor(fabs(normal()) * 2.2), 1, 12);
    int area = (int)clamp(18 + rooms * 19 + 9 * normal(), 14, 400);
    const char *heating = heatings[zipf_draw(&laws.heating)];
    fprintf(file, "%llu,%s,%s,%s,%d,%d,", (unsigned long long)person->id,
            districts[person->district].code, tenures[tenure], heating, rooms, area);
    if (tenure == 1)
        fputc(',', file); /* an owner pays none */
    else
        fprintf(file, "%.2f,",
                clamp(area * (tenure == 2 ? 7.5 : 13.5) * exp(0.22 * normal()), 120, 6000));
    print_day(file, 2025, 2026);
}

static void write_public_tables(void) {
    for (size_t i = 0; i < COUNT(districts); i++)
        fprintf(files[DISTRICT], "%s,%s,%.1f\n", districts[i].code, districts[i].label,
                districts[i].weight);
    for (size_t i = 0; i < COUNT(sectors); i++)
        fprintf(files[SECTOR], "%s,%s\n", sectors[i].code, sectors[i].label);
}

static bool open_tables(const char *folder) {
    if (mkdir(folder, 0755) != 0 && errno != EEXIST) {
        fprintf(stderr, "generate: %s: %s\n", folder, strerror(errno));
        return false;
    }
    for (size_t i = 0; i < TABLES; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s.csv", folder, tables[i].name);
        files[i] = fopen(path, "w");
        if (!files[i]) {
            fprintf(stderr, "generate: %s: %s\n", path, strerror(errno));
            return false;
        }
        fprintf(files[i], "%s\n", tables[i].header);
    }
    return true;
}

static bool close_tables(void) {
    bool written = true;
    for (size_t i = 0; i < TABLES; i++) {
        written = !ferror(files[i]) && written;
        written = fclose(files[i]) == 0 && written;
    }
    if (!written)
        fprintf(stderr, "generate: writing failed; is the disk full?\n");
    return written;
}

static bool read_number(const char *text, uint64_t limit, uint64_t *number) {
    char *end;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' && end != text && text[0] != '-' && *number <= limit;
}

int main(int argc, char **argv) {
    static const struct option options[] = {{"residents", required_argument, NULL, 'r'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"out", required_argument, NULL, 'o'},
                                            {0}};
    uint64_t residents = 100000, seed = 1;
    const char *folder = ".";
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        bool understood = option == 'o';
        if (option == 'o')
            folder = optarg;
        else if (option == 'r')
            understood = read_number(optarg, RESIDENTS_MAX, &residents);
        else if (option == 's')
            understood = read_number(optarg, UINT64_MAX, &seed);
        if (!understood) {
            fprintf(stderr, "usage: generate [--residents N] [--seed S] [--out FOLDER]\n");
            return 2;
        }
    }
    state = seed;
    laws.district = zipf_of(COUNT(districts), 0.8);
    laws.sector = zipf_of(COUNT(sectors), 0.7);
    laws.occupation = zipf_of(COUNT(occupations), 0.9);
    laws.diagnosis = zipf_of(COUNT(diagnoses), 1.3);
    laws.country = zipf_of(COUNT(countries), 2.0);
    laws.heating = zipf_of(COUNT(heatings), 1.2);
    laws.reason = zipf_of(COUNT(reasons), 0.9);
    if (!open_tables(folder))
        return 1;
    write_public_tables();
    for (uint64_t id = 1; id <= residents; id++) {
        struct person person = draw_person(id);
        write_resident(&person);
        write_employment(&person);
        int visits = write_health(&person);
        write_housing(&person);
        write_visits(&person, visits, seed);
    }
    return close_tables() ? 0 : 1;
}
