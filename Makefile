# Thin: installs what is missing, sets up Meson once, hands over to Ninja. Binary: build/weir.
.POSIX:
.PHONY: all install demo serve test test-plain test-clang test-asan test-tsan fuzz property format check clean

all: install
	@tools/configure plain
	@ninja -C build --quiet weir examples/city/generate

install:
	@tools/install

# A city's records, loaded, asked and verified, in build/demo; `make serve` keeps it answering.
demo: all
	@tools/demo

serve: all
	@tools/demo --serve

test: install
	@tools/test

test-plain test-clang test-asan test-tsan: install
	@tools/test $(@:test-%=%)

# Each fuzzer for a minute (FUZZ_SECONDS changes that); what they find of interest is kept in build-fuzz/corpus.
fuzz:
	@tools/install --fuzz
	@tests/fuzz/run

# Random questions on millions of neighbouring databases (PROPERTY_PAIRS, PROPERTY_SEED).
property: install
	@tests/property/run

format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i

check: all
	@tools/check

clean:
	rm -rf build build-clang build-asan build-tsan build-fuzz
