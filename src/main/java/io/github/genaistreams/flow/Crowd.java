package io.github.genaistreams.flow;

/**
 * A model with more calls in flight than it works on well.
 *
 * @param model    its name; empty if requests name none
 * @param inFlight calls of this worker in flight
 * @param better   how many would bring as many answers, or would not be refused
 */
public record Crowd(String model, int inFlight, int better) {}
