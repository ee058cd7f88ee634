package com.acme.jobs;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Jobs with state, for troubles of checkpoints and of restoring. */
final class States {
    private States() {}

    /** Operator state; `place` says what goes wrong with it. */
    static final class Kept extends RichMapFunction<Long, Long> implements CheckpointedFunction {
        private final Args args;
        private transient ListState<byte[]> state;

        Kept(Args args) {
            this.args = args;
        }

        @Override
        public Long map(Long value) throws Exception {
            Thread.sleep(5);
            return value;
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) throws Exception {
            String place = args.of("place", "");
            if (place.equals("snapshot")) {
                Troubles.strike(args);
            }
            if (place.equals("snapshot-hangs")) {
                Thread.sleep(600_000);
            }
            state.clear();
            state.add(new byte[args.number("bytes", 10)]);
        }

        @Override
        public void initializeState(FunctionInitializationContext context) throws Exception {
            if (args.of("place", "").equals("restore")) {
                Troubles.strike(args);
            }
            state = context.getOperatorStateStore()
                    .getListState(new ListStateDescriptor<>("kept", byte[].class));
        }
    }

    /** Keyed state of a type that the next version of the job changes. */
    static final class Keyed extends KeyedProcessFunction<Long, Long, Long> {
        private final boolean text;
        private transient ValueState<Object> state;

        Keyed(boolean text) {
            this.text = text;
        }

        @Override
        @SuppressWarnings({"unchecked", "rawtypes"})
        public void open(OpenContext context) {
            TypeInformation type = text ? Types.STRING : Types.LONG;
            state = getRuntimeContext().getState(new ValueStateDescriptor<Object>("total", type));
        }

        @Override
        public void processElement(Long value, Context context, Collector<Long> out) throws Exception {
            state.update(text ? "" + value : value);
        }
    }
}
