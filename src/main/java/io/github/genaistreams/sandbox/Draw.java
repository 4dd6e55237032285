package io.github.genaistreams.sandbox;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Random numbers that are the same in every run. The seed of a generator is computed from the call and the decision, so
 * a call gets the same latency and the same fault in whatever order the calls arrive.
 */
final class Draw {

    private Draw() {}

    /** @param decision its name, such as {@code fault}: the decisions about a call are independent of each other */
    static RandomGenerator of(long seed, String batch, int index, int attempt, String decision) {
        long hash = seed;
        hash = mix(hash ^ hash(batch));
        hash = mix(hash ^ index);
        hash = mix(hash ^ attempt);
        hash = mix(hash ^ hash(decision));
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
