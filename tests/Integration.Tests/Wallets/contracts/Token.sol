// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// A stablecoin as the tests need it: with any decimals, all of it in one wallet.
contract Token is ERC20 {
    uint8 private immutable _decimals;

    constructor(uint8 decimals_, address owner, uint256 units) ERC20("Token", "TKN") {
        _decimals = decimals_;
        _mint(owner, units);
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }
}
