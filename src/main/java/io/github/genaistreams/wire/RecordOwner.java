package io.github.genaistreams.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.github.genaistreams.model.ItemRules;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The owner of a JSON record that identifies no item: what can be read before the error. No side effects.
 *
 * @param batchId   null if unknown
 * @param batchSize as in the record; null if it has none, or an impossible one
 */
record RecordOwner(@Nullable String batchId, @Nullable Integer batchSize) {

    static final RecordOwner NOBODY = new RecordOwner(null, null);

    /** Never throws. */
    static RecordOwner of(byte[] value) {
        String batchId = null;
        Integer batchSize = null;
        try {
            WireForm form = WireForm.of(value);
            if (form.format() != WireFormat.JSON) {
                return NOBODY;
            }
            try (JsonParser parser =
                    Mappers.LENIENT_JSON.createParser(value, form.start(), value.length - form.start())) {
                parser.nextToken();
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    String field = parser.currentName();
                    JsonToken is = parser.nextToken();
                    if (field.equals("batch_id")) {
                        if (batchId != null || is != JsonToken.VALUE_STRING) {
                            return NOBODY;
                        }
                        batchId = parser.getText();
                    } else if (field.equals("batch_size") && is == JsonToken.VALUE_NUMBER_INT) {
                        long size = parser.getLongValue();
                        batchSize = size > 0 && size <= Integer.MAX_VALUE ? Integer.valueOf((int) size) : null;
                    } else {
                        parser.skipChildren();
                    }
                }
            }
        } catch (IOException | WireException e) {
            // Nothing after this place can be read.
        }
        return ItemRules.unnamed(batchId, 0).isEmpty() ? new RecordOwner(batchId, batchSize) : NOBODY;
    }
}
