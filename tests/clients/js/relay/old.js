// What old.mjs asks, for relay-compiler.
import { graphql } from "relay-runtime";

graphql`
  mutation oldDirectMutation {
    setCartLine(variantId: "var_1", quantity: 1) {
      cart { id version }
      problems { code message retryable lineId limit unit }
    }
  }
`;

graphql`
  mutation oldFragmentMutation {
    setCartLine(variantId: "var_1", quantity: 1) {
      cart { id version }
      problems { ... on Problem { code message retryable lineId limit unit } }
    }
  }
`;

graphql`
  query oldNodeQuery { node(id: "vch_1") { id ... on Order { orderCode } } }
`;

graphql`
  query oldOrderQuery { order(id: "ord_1") { id status } }
`;
