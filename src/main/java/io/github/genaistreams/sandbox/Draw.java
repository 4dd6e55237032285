package io.github.genaistreams.sandbox;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Randomness without a state: a generator seeded by what it decides about. The same call gets the same latency and
 * the same fault in every run, in whatever order the calls arrive.
 */
final class Draw {

    private Draw() {}

    /** @param what what is decided, so that two decisions about a call do not depend on each other */
    static RandomGenerator of(long seed, String batch, int index, int attempt, String what) {
        long hash = seed;
        hash = mix(hash ^ hash(batch));
        hash = mix(hash ^ index);
        hash = mix(hash ^ attempt);
        hash = mix(hash ^ hash(what));
        return new SplittableRandom(hash);
    }

    /** FNV-1a, 64 bits. */
    static long hash(CharSequence text) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        return hash;
    }

    /** A bijection that spreads neighbours far apart (the finaliser of MurmurHash3 with odd constants). */
    private static long mix(long z) {
        long spread = (z ^ (z >>> 33)) * 0xff51afd7ed558ccdL;
        spread = (spread ^ (spread >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return spread ^ (spread >>> 33);
    }
}
