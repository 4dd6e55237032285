package io.github.genaistreams.flow;

/**
 * A model with more calls in flight than its server handles well.
 *
 * @param model    its name; empty if requests name none
 * @param inFlight calls of this worker in flight
 * @param better   how many calls would bring as many answers, or would not be refused
 */
public record OverloadedModel(String model, int inFlight, int better) {}
